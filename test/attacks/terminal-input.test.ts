// Containers that have the terminal of the runtime's caller, and type into it (class 18): what they type would be the
// next command of who sits there.

import { readFileSync } from 'node:fs';
import { attackTests, type Target } from '../support/attacks/attack.ts';
import { bring, compile } from '../support/attacks/hostile.ts';
import { startAtTerminal } from '../support/pty.ts';
import { commandOf, globalOptions } from '../support/runtime.ts';

// Reads what has been typed when the runtime has ended, and a moment later: who is detached may still be at it. Two
// lines: of the first the runtime may have taken the beginning.
const READ = '"$@"; sleep 0.3; for i in 1 2; do IFS= read -r -t 0.3 line || break; echo "typed: $line"; done';

/** Whether the kernel lets anybody type at all: since Linux 6.2 a host can forbid it. */
function isPossible(): boolean {
  try {
    return readFileSync('/proc/sys/dev/tty/legacy_tiocsti', 'utf8').trim() === '1';
  } catch {
    return true;
  }
}

async function typed(command: readonly string[]): Promise<string[]> {
  const session = startAtTerminal(['bash', '-c', READ, 'bash', ...command]);
  await session.ended;
  return session.shown().includes('typed: echo hacked') ? ['types into the terminal of the caller'] : [];
}

/** More than the runtime, which passes what is typed on to the container's own terminal, gets rid of there while nobody
 * reads it: what stays in the caller's is for who reads next. */
const MANY = '10000';

function pushing(options: readonly string[], terminal: boolean) {
  return async (target: Target): Promise<string[]> => {
    const args = terminal ? ['/push', MANY] : ['/push'];
    const bundle = target.bundle({ args, mutate: (spec) => void (spec.process.terminal = terminal) });
    bring('push', bundle);
    const run = [...commandOf(target.program), ...globalOptions(target.root), 'run', ...options];
    return typed([...run, '--bundle', bundle.directory, bundle.id]);
  };
}

/** A process that joins a container has the terminal as well. */
async function pushFromExec(target: Target): Promise<string[]> {
  const bundle = target.bundle({ args: ['sleep', '1000'] });
  bring('push', bundle);
  await target.run(['run', '--detach', '--bundle', bundle.directory, bundle.id]);
  const exec = [...commandOf(target.program), ...globalOptions(target.root), 'exec'];
  return [...await typed([...exec, bundle.id, '/push']), ...await typed([...exec, '--tty', bundle.id, '/push'])];
}

attackTests(18, { needs: ['gcc'], attacks: {
  'from a container that has inherited it': pushing([], false),
  'from a detached one': pushing(['--detach'], false),
  'from one with a terminal of its own': pushing([], true),
  'from a process that joins': pushFromExec,
  // Or nothing above could have worked.
  'a program that nobody contains': async () => {
    if (!isPossible()) return [];
    return (await typed([compile('push')])).length > 0 ? [] : ['the attack does not work at all'];
  },
} });
