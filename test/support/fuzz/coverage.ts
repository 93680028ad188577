// Which functions of the sources have run, as V8 counts. Knows nothing of what runs them.

import { readdirSync, readFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';

interface Counted {
  readonly url: string;
  readonly functions: readonly {
    readonly functionName: string;
    readonly ranges: readonly { readonly count: number }[];
  }[];
}

export interface Coverage {
  /** `config/rules/mounts.ts: checkProc` of the functions of these rooms of src/ that have not run, and how many there
   * are. */
  readonly missed: (rooms: readonly string[]) => { readonly missed: string[]; readonly all: number };
  [Symbol.dispose](): void;
}

const source = join(import.meta.dirname, '../../../src');

/** Counts from now on. */
export function startCoverage(): Coverage {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  const called = new Set<string>();
  return {
    missed(rooms) {
      // Of what has run only: V8 tells nothing of the others. Calls back before it returns.
      session.post('Profiler.takePreciseCoverage', (_, { result }: { result: readonly Counted[] }) => {
        for (const file of result) addCalled(file, called);
      });
      const all = rooms.flatMap(functionsOf);
      return { missed: all.filter((name) => !called.has(name)), all: all.length };
    },
    [Symbol.dispose]: () => session.disconnect(),
  };
}

function addCalled({ url, functions }: Counted, called: Set<string>): void {
  const file = /\/src\/([^?]*)$/.exec(url)?.[1] ?? '';
  for (const { functionName, ranges } of functions) {
    if ((ranges[0]?.count ?? 0) > 0) called.add(`${file}: ${functionName}`);
  }
}

/** The functions that a room declares. */
function functionsOf(room: string): string[] {
  const names = readdirSync(join(source, room), { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.ts'));
  return files.flatMap((file) => {
    const text = readFileSync(join(source, room, file), 'utf8');
    return [...text.matchAll(/^(?:export )?function (\w+)/gm)].map(([, name = '']) => `${room}/${file}: ${name}`);
  });
}
