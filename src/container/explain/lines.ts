// What an explanation's text is made of: sections of groups of lines. A line has a key besides its text, by which
// diff.ts knows it again: what it says, without the numbers that only tell where in a plan it is.

export interface Line {
  readonly text: string;
  readonly key: string;
}

export interface Group {
  /** What the lines are for; undefined where the section's title says it all. */
  readonly heading: Line | undefined;
  readonly lines: readonly Line[];
}

export interface Section {
  /** Two explanations have at most one section of a name. */
  readonly name: string;
  readonly title: string;
  readonly groups: readonly Group[];
}

/** Lines that say the same wherever they are, and whichever entry of the config asks for it. */
export function plainLines(texts: readonly string[]): Line[] {
  return texts.map((text) => ({ text, key: text.replace(/ {2}\[\/[^\]]*\]$/, '') }));
}

/** A group; none when there is nothing in it. */
export function group(heading: string, texts: readonly string[]): Group[] {
  return texts.length === 0 ? [] : [{ heading: { text: heading, key: heading }, lines: plainLines(texts) }];
}

/** `[/mounts/3]` behind a line; nothing for what no entry of the config asks for. */
export function originMark(origin: string): string {
  return origin === '' ? '' : `  [${origin}]`;
}
