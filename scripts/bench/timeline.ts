// Traces of strace as tables and as a picture: a lane for each process, a box for each call, colours by what a call
// is for. Pure.

import { renderTable } from './markdown.ts';
import { escapeText, PAPER_STYLE } from './plot.ts';
import { type Call, gapsOf, longest, processesOf } from './strace.ts';

export interface Trace {
  readonly name: string;
  readonly calls: readonly Call[];
}

const SHOWN = 12;
/** Milliseconds: a longer one waits for what another process writes. */
const LONG_READ = 0.5;
const TEXT_LENGTH = 70;
const WIDTH = 1000;
const LANE = 22;
const LEFT = 110;
const HEADER = 62;

/** What waits is not work: its own colour. The first kind that matches counts. */
const KINDS = [
  { name: 'waiting', colour: '#8c959f', calls: /^(wait|poll|ppoll|epoll|select|pselect|futex|pause|nanosleep|clock_n)/ },
  { name: 'processes', colour: '#bc4c00', calls: /^(clone|fork|vfork|exec|unshare|setns|exit|kill|pidfd|prctl|seccomp)/ },
  { name: 'mounts', colour: '#8250df', calls: /^(u?mount|open_tree|move_mount|fs(open|mount|config)|pivot_root|chroot)/ },
  { name: 'memory', colour: '#bf3989', calls: /^(mmap|munmap|mprotect|brk|madvise|mremap|memfd)/ },
  { name: 'files and others', colour: '#0969da', calls: /./ },
] as const;

/** Tables: totals, the longest calls, the longest gaps. */
export function renderTrace({ name, calls }: Trace): string {
  const processes = processesOf(calls);
  const gaps = gapsOf(calls);
  const lane = (pid: number): string => String(processes.indexOf(pid) + 1);
  const total = (items: readonly { readonly start: number; readonly end: number }[]): number => (
    items.reduce((sum, { start, end }) => sum + end - start, 0)
  );
  const ofFirst = <Item extends { readonly pid: number }>(items: readonly Item[]): Item[] => (
    items.filter(({ pid }) => pid === processes[0])
  );
  const end = Math.max(0, ...calls.map((call) => call.end));
  const rows = longest(calls, SHOWN).map((call) => [shorten(call.text), lane(call.pid), ...times(call)]);
  const gapRows = longest(gaps, SHOWN).map((gap) => [`${gap.before} … ${gap.after}`, lane(gap.pid), ...times(gap)]);
  return [
    `${name}: ${end.toFixed(2)} ms, ${processes.length} processes, ${calls.length} calls. The first process has `
    + `${ofFirst(calls).length} calls of ${total(ofFirst(calls)).toFixed(2)} ms and computes for `
    + `${total(ofFirst(gaps)).toFixed(2)} ms.`,
    renderTable(['longest calls', 'process', 'at ms', 'takes ms'], rows),
    renderTable(['longest times between calls', 'process', 'at ms', 'takes ms'], gapRows),
  ].join('\n\n');
}

function times({ start, end }: { readonly start: number; readonly end: number }): string[] {
  return [start.toFixed(2), (end - start).toFixed(2)];
}

function shorten(text: string): string {
  const plain = text.replaceAll('|', '¦');
  return plain.length > TEXT_LENGTH ? `${plain.slice(0, TEXT_LENGTH - 1)}…` : plain;
}

/** One picture, traces above each other on one axis of time. */
export function timelinePlot(traces: readonly Trace[], title: string): string {
  const end = Math.max(1e-3, ...traces.flatMap(({ calls }) => calls.map((call) => call.end)));
  const scale = (WIDTH - LEFT - 20) / end;
  const toX = (time: number): string => (LEFT + time * scale).toFixed(1);
  const body: string[] = [];
  let y = HEADER;
  for (const { name, calls } of traces) {
    body.push(`<text class="bold" x="14" y="${y + 15}">${escapeText(name)}</text>`);
    for (const [i, pid] of processesOf(calls).entries()) {
      const own = calls.filter((call) => call.pid === pid);
      const [first, last] = [own[0]?.start ?? 0, own.at(-1)?.end ?? 0];
      body.push(`<text class="small" x="${LEFT - 8}" y="${y + 15}" text-anchor="end">${i + 1}</text>`);
      body.push(`<path class="grid" d="M${toX(first)} ${y + 11}H${toX(last)}"/>`);
      for (const call of own) body.push(drawCall(call, { x: toX(call.start), y, scale }));
      y += LANE;
    }
    y += 14;
  }
  const marks = ticks(end).map((tick) => (
    `<path class="grid" d="M${toX(tick)} ${HEADER - 4}V${y}"/>`
    + `<text class="small" x="${toX(tick)}" y="${y + 13}" text-anchor="middle">${tick}</text>`
  ));
  const legend = KINDS.map(({ name, colour }, i) => (
    `<rect x="${14 + i * 120}" y="34" width="11" height="11" fill="${colour}"/>`
    + `<text x="${30 + i * 120}" y="44">${name}</text>`
  ));
  const height = y + 34;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">`,
    `<style>${PAPER_STYLE}</style><rect class="paper" width="100%" height="100%"/>`,
    `<text class="bold" x="14" y="22">${escapeText(title)}</text>`,
    ...legend, ...marks, ...body,
    `<text class="small" x="${WIDTH - 20}" y="${y + 28}" text-anchor="end">milliseconds</text>`,
    '</svg>', '',
  ].join('\n');
}

interface Place {
  readonly x: string;
  readonly y: number;
  readonly scale: number;
}

function drawCall(call: Call, { x, y, scale }: Place): string {
  const waits = call.name === 'read' && call.end - call.start > LONG_READ;
  const colour = (waits ? KINDS[0] : KINDS.find(({ calls }) => calls.test(call.name)))?.colour ?? '';
  const width = Math.max(0.4, (call.end - call.start) * scale).toFixed(1);
  return `<rect x="${x}" y="${y + 3}" width="${width}" height="16" fill="${colour}"/>`;
}

function ticks(end: number): number[] {
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((each) => end / each <= 12) ?? end;
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}
