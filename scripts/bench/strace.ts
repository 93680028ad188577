// What strace -f -ttt -T has written, as system calls with their times, and what it says: the longest calls, and the
// gaps between the calls of a process, in which it computes. Pure.

export interface Call {
  readonly pid: number;
  readonly name: string;
  /** The call and its result, as strace writes them. */
  readonly text: string;
  /** Milliseconds since the first call. */
  readonly start: number;
  readonly end: number;
}

/** Time between two calls of a process. */
export interface Gap {
  readonly pid: number;
  readonly start: number;
  readonly end: number;
  readonly before: string;
  readonly after: string;
}

const LINE = /^(\d+) +(\d+\.\d+) (.*)$/;
const RESUMED = /^<\.\.\. (\w+) resumed>/;
const CALL = /^(\w+)\(/;
const DURATION = / <(\d+\.\d+)>$/;
const UNFINISHED = ' <unfinished ...>';

/** Calls in the order in which they begin. Those without an end (exit_group, killed processes) last no time. */
export function parseStrace(text: string): Call[] {
  const calls: Call[] = [];
  const pending = new Map<number, { readonly at: number; readonly text: string }>();
  let origin: number | undefined;
  for (const line of text.split('\n')) {
    const [, pidText, time, rest = ''] = LINE.exec(line) ?? [];
    if (pidText === undefined) continue;
    const [pid, at] = [Number(pidText), Number(time) * 1000];
    origin ??= at;
    if (rest.endsWith(UNFINISHED)) {
      pending.set(pid, { at, text: rest.slice(0, -UNFINISHED.length) });
      continue;
    }
    const begun = RESUMED.test(rest) ? pending.get(pid) : undefined;
    const whole = begun === undefined ? rest : begun.text + rest.replace(RESUMED, '');
    const name = CALL.exec(whole)?.[1];
    if (name === undefined) continue;
    pending.delete(pid);
    const start = (begun?.at ?? at) - origin;
    const duration = Number(DURATION.exec(whole)?.[1] ?? 0) * 1000;
    calls.push({ pid, name, text: whole.replace(DURATION, ''), start, end: start + duration });
  }
  return calls.sort((a, b) => a.start - b.start);
}

/** Processes in the order of their first calls. */
export function processesOf(calls: readonly Call[]): number[] {
  return [...new Set(calls.map(({ pid }) => pid))];
}

export function gapsOf(calls: readonly Call[]): Gap[] {
  const last = new Map<number, Call>();
  const gaps: Gap[] = [];
  for (const call of calls) {
    const before = last.get(call.pid);
    if (before !== undefined && call.start > before.end) {
      gaps.push({ pid: call.pid, start: before.end, end: call.start, before: before.name, after: call.name });
    }
    last.set(call.pid, call);
  }
  return gaps;
}

export function longest<Item extends { readonly start: number; readonly end: number }>(
  items: readonly Item[],
  count: number,
): Item[] {
  return [...items].sort((a, b) => (b.end - b.start) - (a.end - a.start)).slice(0, count);
}
