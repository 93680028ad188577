// Pictures of measurements as SVG text: lines over something that grows, in small multiples, and bars side by side.
// Pure and deterministic; knows nothing of what was measured. A picture has its own background, and another one for
// readers with a dark theme, so that it can be put anywhere.

export interface PlotLine {
  /** What it is of; lines of one name have one colour. */
  readonly name: string;
  readonly points: readonly PlotPoint[];
}

export interface PlotPoint {
  readonly x: number;
  readonly y: number;
  /** Where half of the measurements lie. */
  readonly low: number;
  readonly high: number;
}

export interface Panel {
  readonly title: string;
  readonly xLabel: string;
  readonly lines: readonly PlotLine[];
}

export interface PlotOptions {
  readonly title: string;
  /** Small text below the title. */
  readonly subtitle: string;
  /** What the upward axes show. */
  readonly yLabel: string;
  /** Of the axes to the right; a logarithmic one shows 0 at its left end. */
  readonly xScale: 'linear' | 'log';
  /** Names in the order of their colours. */
  readonly names: readonly string[];
}

export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const COLUMNS = 3;
const PANEL = { width: 320, height: 210, left: 46, right: 14, top: 30, bottom: 38 } as const;
const HEADER = 66;
const MARGIN = 14;
const BAR = { width: 24, gap: 4, between: 22, height: 220 } as const;

/** Colours that stay apart for colour-blind readers, on light and on dark. */
const COLOURS = [
  ['#0969da', '#58a6ff'], ['#bc4c00', '#f0883e'], ['#6e7781', '#9ea7b0'], ['#8250df', '#bc8cff'],
] as const;

/** Text and paper, for readers with a light and with a dark theme. */
export const PAPER_STYLE = [
  'text{font:12px system-ui,"DejaVu Sans",sans-serif;fill:#1f2328}.small{font-size:10px;fill:#59636e}',
  '.bold{font-weight:600}.paper{fill:#fff}.grid{stroke:#d1d9e0;stroke-width:.7}.whisker{stroke:#1f2328;fill:none}',
  '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9198a1}.paper{fill:#0d1117}',
  '.grid{stroke:#3d444d}.whisker{stroke:#e6edf3}}',
].join('');

/** Small multiples: one panel each, with axes of its own. */
export function plotPanels(panels: readonly Panel[], options: PlotOptions): string {
  const columns = Math.max(1, Math.min(COLUMNS, panels.length));
  const rows = Math.ceil(panels.length / columns);
  const body = panels.map((panel, i) => {
    const [x, y] = [MARGIN + (i % columns) * PANEL.width, HEADER + Math.floor(i / columns) * PANEL.height];
    return `<g transform="translate(${x} ${y})">${drawPanel(panel, options)}</g>`;
  });
  const [width, height] = [2 * MARGIN + columns * PANEL.width, HEADER + rows * PANEL.height + MARGIN];
  return document({ width, height }, options, body);
}

/** Groups of bars, all on one axis. */
export function plotBars(groups: readonly BarGroup[], options: Omit<PlotOptions, 'xScale'>): string {
  const most = Math.max(0, ...groups.flatMap(({ bars }) => bars.map(({ high }) => high)));
  const ticks = linearTicks(most);
  const top = ticks.at(-1) ?? 1;
  const upward = (value: number): number => BAR.height * (1 - value / top);
  let x = PANEL.left;
  const drawn = groups.map(({ title, bars }) => {
    const start = x;
    const shapes = bars.map((bar) => {
      const shape = drawBar(bar, { x, colour: options.names.indexOf(bar.name), upward });
      x += BAR.width + BAR.gap;
      return shape;
    });
    const middle = (start + x - BAR.gap) / 2;
    x += BAR.between;
    return `${shapes.join('')}${text(title, { x: middle, y: BAR.height + 16, anchor: 'middle' })}`;
  });
  const grid = ticks.map((tick) => horizontal(tick, { from: PANEL.left - 6, to: x - BAR.between, y: upward(tick) }));
  const body = `<g transform="translate(${MARGIN} ${HEADER + 12})">${grid.join('')}${drawn.join('')}</g>`;
  const width = Math.max(x - BAR.between + 2 * MARGIN, 420);
  return document({ width, height: HEADER + 12 + BAR.height + 30 }, options, [body]);
}

function drawBar(bar: Bar, { x, colour, upward }: {
  readonly x: number; readonly colour: number; readonly upward: (value: number) => number;
}): string {
  const [y, middle] = [upward(bar.value), x + BAR.width / 2];
  return [
    `<rect class="f${colour}" x="${fixed(x)}" y="${fixed(y)}" width="${BAR.width}" height="${fixed(BAR.height - y)}"/>`,
    `<path class="whisker" d="M${fixed(middle)} ${fixed(upward(bar.low))}V${fixed(upward(bar.high))}"/>`,
    text(short(bar.value), { x: middle, y: upward(Math.max(bar.high, bar.value)) - 4, anchor: 'middle', small: true }),
  ].join('');
}

function drawPanel({ title, xLabel, lines }: Panel, { xScale, names }: PlotOptions): string {
  const points = lines.flatMap((line) => line.points);
  const across = PANEL.width - PANEL.left - PANEL.right;
  const down = PANEL.height - PANEL.top - PANEL.bottom;
  const yTicks = linearTicks(Math.max(0, ...points.map(({ high }) => high)));
  const top = yTicks.at(-1) ?? 1;
  const xs = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  const place = xScale === 'log' ? logScale(xs) : linearScale(xs);
  const toX = (x: number): number => PANEL.left + across * place(x);
  const toY = (y: number): number => PANEL.top + down * (1 - y / top);
  const [left, right, bottom] = [PANEL.left, PANEL.width - PANEL.right, PANEL.height - PANEL.bottom];
  const marks = apart(xs, (x) => toX(x), 26).map((x) => (
    text(String(x), { x: toX(x), y: bottom + 14, anchor: 'middle', small: true })
  ));
  return [
    text(title, { x: left, y: PANEL.top - 12, bold: true }),
    ...yTicks.map((tick) => horizontal(tick, { from: left, to: right, y: toY(tick) })),
    ...marks,
    text(xLabel, { x: right, y: bottom + 28, anchor: 'end', small: true }),
    ...lines.map((line) => drawLine(line, { colour: names.indexOf(line.name), toX, toY })),
  ].join('');
}

interface Place {
  readonly colour: number;
  readonly toX: (x: number) => number;
  readonly toY: (y: number) => number;
}

function drawLine({ points }: PlotLine, { colour, toX, toY }: Place): string {
  if (points.length === 0) return '';
  const at = (x: number, y: number): string => `${fixed(toX(x))} ${fixed(toY(y))}`;
  const upper = points.map(({ x, high }) => at(x, high));
  const lower = points.map(({ x, low }) => at(x, low)).reverse();
  return [
    `<path class="b${colour}" d="M${[...upper, ...lower].join('L')}Z"/>`,
    `<path class="l${colour}" d="M${points.map(({ x, y }) => at(x, y)).join('L')}"/>`,
    ...points.map(({ x, y }) => `<circle class="f${colour}" cx="${fixed(toX(x))}" cy="${fixed(toY(y))}" r="2.5"/>`),
  ].join('');
}

function linearScale(xs: readonly number[]): (x: number) => number {
  const most = xs.at(-1) || 1;
  return (x) => x / most;
}

/** 0 is a step to the left of the smallest other value. */
function logScale(xs: readonly number[]): (x: number) => number {
  const positive = xs.filter((x) => x > 0);
  const [least, most] = [positive[0] ?? 1, positive.at(-1) ?? 1];
  const hasZero = positive.length < xs.length;
  const decades = Math.max(Math.log10(most / least), 1e-9);
  const start = hasZero ? Math.max(decades / 4, 0.25) : 0;
  return (x) => (x === 0 ? 0 : (start + Math.log10(x / least)) / (start + decades));
}

/** Round steps from 0 to at least `most`, about four. */
function linearTicks(most: number): number[] {
  if (most <= 0) return [0, 1];
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? rough;
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

/** Those that have room, beginning with the last. */
function apart(values: readonly number[], toX: (value: number) => number, room: number): number[] {
  const kept: number[] = [];
  for (const value of [...values].reverse()) {
    const next = kept.at(-1);
    if (next === undefined || toX(next) - toX(value) >= room) kept.push(value);
  }
  return kept;
}

function horizontal(tick: number, { from, to, y }: { from: number; to: number; y: number }): string {
  const label = text(short(tick), { x: from - 6, y: y + 3.5, anchor: 'end', small: true });
  return `<path class="grid" d="M${fixed(from)} ${fixed(y)}H${fixed(to)}"/>${label}`;
}

interface TextPlace {
  readonly x: number;
  readonly y: number;
  readonly anchor?: 'middle' | 'end';
  readonly small?: boolean;
  readonly bold?: boolean;
}

function text(content: string, { x, y, anchor, small = false, bold = false }: TextPlace): string {
  const kind = bold ? ' class="bold"' : small ? ' class="small"' : '';
  const anchored = anchor === undefined ? '' : ` text-anchor="${anchor}"`;
  return `<text x="${fixed(x)}" y="${fixed(y)}"${anchored}${kind}>${escapeText(content)}</text>`;
}

function document(
  { width, height }: { readonly width: number; readonly height: number },
  { title, subtitle, yLabel, names }: Omit<PlotOptions, 'xScale'>,
  body: readonly string[],
): string {
  let x = MARGIN + 6;
  const legend = names.map((name, i) => {
    const entry = `<rect class="f${i}" x="${x}" y="47" width="11" height="11"/>${text(name, { x: x + 16, y: 57 })}`;
    x += 34 + 7 * name.length;
    return entry;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${fixed(width)} ${fixed(height)}" width="${fixed(width)}" `
    + `height="${fixed(height)}" role="img" aria-label="${escapeText(title)}">`,
    `<style>${styleOf(names.length)}</style>`,
    '<rect class="paper" width="100%" height="100%"/>',
    text(title, { x: MARGIN + 6, y: 22, bold: true }),
    text(subtitle, { x: MARGIN + 6, y: 38, small: true }),
    ...legend,
    text(yLabel, { x: x + 8, y: 57, small: true }),
    ...body,
    '</svg>', '',
  ].join('\n');
}

function styleOf(count: number): string {
  const colours = (theme: 0 | 1): string => Array.from({ length: count }, (_, i) => {
    const colour = COLOURS[i % COLOURS.length]?.[theme] ?? '';
    return `.f${i},.b${i}{fill:${colour}}.l${i}{stroke:${colour}}`;
  }).join('');
  const shapes = Array.from({ length: count }, (_, i) => (
    `.l${i}{fill:none;stroke-width:1.8;stroke-linejoin:round}.b${i}{opacity:.16}`
  )).join('');
  return `${PAPER_STYLE}${shapes}${colours(0)}@media(prefers-color-scheme:dark){${colours(1)}}`;
}

/** Two decimals and no more than are needed: a picture of half the size, and the same on every machine. */
function fixed(value: number): string {
  return String(Number(value.toFixed(2)));
}

/** Three digits. */
function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

export function escapeText(content: string): string {
  return content.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
