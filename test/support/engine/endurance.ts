// What the executable's engine does for long, or without memory or stack: `grow`, `exhaust`, `recurse`, `streams`,
// `reject`; and `documents`, which it reads.

import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, readlinkSync, statSync, writeFileSync,
  writeSync } from 'node:fs';
import { attempt, Digest, show } from './show.ts';

const print = (value: unknown): void => {
  writeSync(1, `${JSON.stringify(value)}\n`);
};

interface Node {
  self?: Node;
  text: string;
  get: () => Node;
}

/** Each leaves garbage, by success and by failure; cycles are what counting references does not free. */
const WORK: Readonly<Record<string, readonly [times: number, () => void]>> = {
  cycles: [40_000, () => {
    const node: Node = { text: 'x'.repeat(100), get: () => node };
    node.self = node;
  }],
  files: [1000, () => {
    readFileSync('/proc/self/stat');
    readFileSync('/proc/self/stat', 'utf8');
    for (const path of ['/no', '/no\0', '/proc/self/stat/x']) attempt(() => [statSync(path), existsSync(path)]);
  }],
  json: [1500, () => {
    JSON.parse('{"a":[1,2,{"b":"é\\n"}],"c":1.5}');
    for (const text of ['{"a":[1,2,{"b":"é', '{"a":{"b":1}x', '{"é":', '["\\x"]', '[[[tru', '["a",{"b":"\\u00e9",}]',
      '{"\\ud800":{},']) {
      attempt(() => JSON.parse(text) as unknown);
    }
  }],
  text: [2000, () => {
    new TextDecoder().decode(new TextEncoder().encode('aé\ud800'));
    new TextEncoder().encodeInto('éé', new Uint8Array(3));
    for (const fatal of [true, false]) attempt(() => new TextDecoder('utf-8', { fatal }).decode(Uint8Array.of(255,
      97)));
    Buffer.concat([Buffer.from('a')]).subarray(1).toString('hex');
  }],
  large: [200, () => {
    new Uint8Array(600_000).fill(1, 0, 10);
    'y'.repeat(300_000).slice(5);
  }],
  surroundings: [2000, () => [process.argv, process.cwd(), process.stdout, process.env['PATH']]],
  children: [40, () => [spawnSync('/bin/true', []), spawnSync('/no/such', [])]],
};

function residentSize(): number {
  return Number(/VmRSS:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}

async function grow(): Promise<void> {
  for (const [name, [times, work]] of Object.entries(WORK)) {
    const sizes = [0, 1, 2].map(() => {
      for (let i = 0; i < times; i++) work();
      return residentSize();
    });
    print([name, (sizes[2] ?? 0) - (sizes[0] ?? 0)]);
  }
  const sizes: number[] = [];
  let received = 0;
  process.on('SIGUSR2', () => received++);
  for (let i = 0; i < 3; i++) {
    await new Promise<void>((resolve) => {
      const end = received + 2000;
      const timer = setInterval(() => {
        process.kill(process.pid, 'SIGUSR2');
        if (received < end) return;
        clearInterval(timer);
        resolve();
      }, 0);
    });
    sizes.push(residentSize());
  }
  print(['signals', (sizes[2] ?? 0) - (sizes[0] ?? 0)]);
}

function exhaust(): void {
  const kept: unknown[] = [];
  const small = attempt(() => {
    for (;;) kept.push({ text: `${kept.length}`, list: [kept.length] });
  });
  const size = kept.length;
  kept.length = 0;
  print([String(small), size > 1000, String(attempt(() => {
    for (;;) kept.push(new Uint8Array(1 << 20));
  }))]);
}

function recurse(): void {
  const call = (n: number): number => 1 + call(n + 1);
  const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const value = attempt(() => JSON.parse(nested(9000)) as unknown);
  let list: unknown = [];
  for (let i = 0; i < 50_000; i++) list = [list];
  const results = [attempt(() => call(0)), attempt(() => JSON.parse(nested(100_000)) as unknown),
    attempt(() => String(list)), attempt(() => /(?:(a+)+)+$/.test('a'.repeat(100)) ? 'matches' : 'no match'),
    attempt(() => new RegExp(nested(50_000).replaceAll('[', '(').replaceAll(']', ')')))];
  // What can be read can be written.
  let depth = 10_000;
  let deepest: unknown;
  do deepest = attempt(() => JSON.parse(nested(depth -= 20)) as unknown);
  while (deepest instanceof Error);
  if (JSON.stringify(deepest) !== nested(depth)) throw new Error('it was written as something else');
  const shown = [value, ...results].map((result) => (result instanceof Error ? result.name : typeof result));
  print(shown);
}

/** Into a file, as the standard output may be closed. */
function streams(): void {
  const next = openSync('/dev/zero', 'r');
  writeFileSync('streams', JSON.stringify([next, ...[0, 1, 2].map((fd) => readlinkSync(`/proc/self/fd/${fd}`))]));
  closeSync(next);
}

/** A promise that is handled in time, and one that nobody handles. */
async function reject(): Promise<void> {
  const failing = Promise.reject(new Error('handled'));
  await Promise.resolve();
  await failing.catch(() => undefined);
  void Promise.reject(new Error('nobody asks'));
  await new Promise<void>((resolve) => setInterval(resolve, 1000));
}

/** Reads documents as JSON: each a line of `documents`, in hexadecimal, four digits for a UTF-16 unit. */
function documents(): void {
  for (const line of readFileSync('documents', 'utf8').split('\n')) {
    let text = '';
    for (let i = 0; i < line.length; i += 4) text += String.fromCharCode(Number.parseInt(line.slice(i, i + 4), 16));
    const digest = new Digest();
    digest.add(show(attempt(() => JSON.parse(text) as unknown)));
    writeSync(1, `${digest.toString()}\n`);
  }
}

export const endurance: Readonly<Record<string, () => void | Promise<void>>> = {
  grow, exhaust, recurse, streams, reject, documents,
};
