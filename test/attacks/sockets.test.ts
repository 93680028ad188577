// Sockets that are none, or not where they are said to be: a command works, or says what is wrong; it does not wait for
// ever, and leaves alone what is there.

import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Attack, attackTests, type Target } from '../support/attacks/attack.ts';
import { badRefusal, shellBundle } from '../support/attacks/containers.ts';
import type { Bundle } from '../support/bundle.ts';
import { startProgram } from '../support/runtime.ts';

const LIMIT = 8000;

/** Listens at each of its arguments, and does not read from who connects. */
const LISTENER = `import os,socket,sys,time
sockets=[]
for path in sys.argv[1:]:
  os.chdir(os.path.dirname(path))
  s=socket.socket(socket.AF_UNIX)
  s.bind(os.path.basename(path))
  s.listen(1)
  sockets.append(s)
print("ready",flush=True)
time.sleep(20)`;

type Place = (bundle: Bundle, target: Target) => string;

interface Listening {
  readonly at: (bundle: Bundle) => readonly string[];
  /** Whether it is they who are meant. */
  readonly meant: boolean;
}

function attack(place: Place, listening?: Listening): Attack {
  return async (target) => {
    const gains: string[] = [];
    const options = target.name === 'nunc' ? ['--console-socket', '--pidfd-socket'] : ['--console-socket'];
    for (const option of options) {
      const isConsole = option === '--console-socket';
      const bundle = shellBundle(target, 'true', ({ process }) => { process.terminal = isConsole; });
      const path = place(bundle, target);
      const sockets = listening?.at(bundle) ?? [];
      const listener = sockets.length === 0 ? undefined
        : startProgram(['/usr/bin/python3', '-c', LISTENER, ...sockets]);
      if (listener !== undefined) await new Promise((ready) => listener.child.stdout?.once('data', ready));
      const begun = Date.now();
      const output = join(bundle.directory, 'output');
      const args = ['create', '--bundle', bundle.directory, option, path, bundle.id];
      const result = await target.run(args, { output, timeout: LIMIT });
      if (Date.now() - begun >= LIMIT) gains.push(`create hangs with ${option}`);
      else gains.push(...badRefusal(result));
      if (result.status === 0 && listening?.meant !== true) gains.push(`create succeeds with ${option}`);
      listener?.child.kill('SIGKILL');
    }
    return gains;
  };
}

/** Longer than sun_path, with directories that are there. */
function longPath({ directory }: Bundle): string {
  const deep = join(directory, 'd'.repeat(100), 'e'.repeat(100));
  mkdirSync(deep, { recursive: true });
  return join(deep, 'socket');
}

/** What is left of it in a struct sockaddr_un, with a NUL and without: somebody else's socket. */
function cutOff(bundle: Bundle): string[] {
  const path = longPath(bundle);
  return [path.slice(0, 107), path.slice(0, 108)];
}

attackTests(33, {
  needs: ['python3'],
  attacks: {
    'a path of more than 107 bytes': attack(longPath, { at: (bundle) => [longPath(bundle)], meant: true }),
    'a path of more than 107 bytes that is not there': attack(longPath, { at: cutOff, meant: false }),
    'a path of 5000 bytes': attack(({ directory }) => `${directory}/${'x/'.repeat(2500)}y`),
    'a symbolic link to a socket': attack((bundle) => {
      symlinkSync(join(bundle.directory, 'real'), join(bundle.directory, 'link'));
      return join(bundle.directory, 'link');
    }, { at: ({ directory }) => [join(directory, 'real')], meant: true }),
    'a symbolic link that leads nowhere': attack((bundle) => {
      symlinkSync('/nowhere', join(bundle.directory, 'link'));
      return join(bundle.directory, 'link');
    }),
    "a file of the host's": attack((_, { canaries }) => join(canaries, 'file')),
    "a directory of the host's": attack((_, { canaries }) => join(canaries, 'directory')),
    'a FIFO that nobody reads': attack((bundle) => {
      execFileSync('mkfifo', [join(bundle.directory, 'fifo')]);
      return join(bundle.directory, 'fifo');
    }),
    'a device': attack(() => '/dev/null'),
  },
});
