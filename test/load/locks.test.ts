// Who holds a container's lock and dies keeps nobody waiting; who looks without it does not mistake what is being made;
// and a pid that is used again is not taken for the container's.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { compile } from '../support/attacks/hostile.ts';
import { type Bundle, makeBundle } from '../support/bundle.ts';
import { createBundle, eventually, outputOf, stateOf, succeed, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { commandOf, globalOptions, runProgram, runtime, stateRoot } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');
const straceTest = requires('root', 'cgroups', 'busybox', 'nunc', 'strace');
const gccTest = requires('root', 'cgroups', 'busybox', 'nunc', 'gcc');

/** Holds flock(2) on a file as another process. */
async function holder(path: string): Promise<{ readonly kill: () => void; readonly pid: number }> {
  const child = spawn('flock', ['--exclusive', '--no-fork', path, 'sleep', '1000'], { stdio: 'ignore' });
  const kill = (): void => { child.kill('SIGKILL'); };
  onTestFinished(kill);
  const pid = child.pid ?? 0;
  await eventually(() => readFileSync('/proc/locks', 'utf8'), (locks) => locks.includes(` ${pid} `));
  return { kill, pid };
}

test('a lock whose holder is killed is free', async () => {
  const bundle = makeBundle({ args: ['sleep', '1000'] });
  const watch = watchHost(bundle);
  await createBundle(bundle);
  const { kill } = await holder(join(stateRoot(), bundle.id));
  let hasStarted = false;
  const start = runtime(['start', bundle.id]).finally(() => { hasStarted = true; });
  // Nobody waits who only looks, kills or pauses.
  expect(await stateOf(bundle.id)).toMatchObject({ status: 'created' });
  await succeed(['pause', bundle.id]);
  await succeed(['resume', bundle.id]);
  expect(hasStarted).toBe(false);
  kill();
  expect(await start).toMatchObject({ status: 0 });
  await succeed(['delete', '--force', bundle.id]);
  await watch.nothingLeft();
});

/** A create that stays at work while a hook waits for the file `go`. */
function slowBundle(): Bundle {
  const bundle = makeBundle({
    args: ['sleep', '1000'],
    mutate: (spec) => {
      // Its current directory is the bundle.
      const script = 'touch begun; while [ ! -e go ]; do sleep 0.01; done';
      spec.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', script], env: ['PATH=/bin'] }] };
    },
  });
  return bundle;
}

for (const [command, expected] of Object.entries({
  state: [0, '"status": "created"'],
  pause: [0, ''],
  'kill TERM': [0, ''],
  'exec true': [0, ''],
})) {
  straceTest(`${command} is not deceived by a create that ends while it looks`, async () => {
    const bundle = slowBundle();
    const [name = '', ...args] = command.split(' ');
    const created = createBundle(bundle);
    const [begun, go] = ['begun', 'go'].map((file) => join(bundle.directory, file)) as [string, string];
    await eventually(() => existsSync(begun), (exists) => exists);
    // Between the look at the state and the one at the lock comes the end of the create.
    const trace = join(bundle.directory, 'trace');
    const strace = ['strace', '-f', '-o', trace, '-e', 'trace=flock', '-e', 'inject=flock:delay_enter=700000:when=1'];
    const nunc = [...commandOf(), ...globalOptions(stateRoot())];
    const looking = runProgram([...strace, ...nunc, name, bundle.id, ...args]);
    await eventually(() => existsSync(trace) ? readFileSync(trace, 'utf8') : '', (calls) => calls.includes('flock('));
    await runProgram(['touch', go]);
    await created;
    const { status, stdout } = await looking;
    expect([status, stdout]).toEqual([expected[0], expect.stringContaining(String(expected[1]))]);
    await succeed(['delete', '--force', bundle.id]);
  });
}

/** In a pid namespace of its own: ends a container's init, and makes a bystander of the same pid. */
const WRAP = `
set -e
nunc() { "$NUNC" --root "$ROOT" "$@"; }
nunc create --bundle "$BUNDLE" "$ID" >"$OUTPUT" 2>&1 </dev/null
nunc start "$ID"
pid=$(nunc state "$ID" | sed -n 's/.*"pid": \\([0-9]*\\),/\\1/p')
# The bystander has to start in another tick of 10 ms.
sleep 0.02
kill -KILL "$pid"
while kill -0 "$pid" 2>/dev/null; do sleep 0.01; done
"$IMPOSTOR" "$pid"
status() { nunc state "$ID" | sed -n 's/.*"status": "\\(.*\\)",/\\1/p'; }
echo "state: $(status)"
update="update --cpu-share 512 $ID"
for command in "kill $ID KILL" "kill --all $ID KILL" "pause $ID" "exec $ID true" "start $ID" "$update"; do
  nunc $command 2>&1 | sed -n 's/.*msg="\\([^"\\\\]*\\).*/\\1/p'
done
nunc delete --force "$ID"
kill -0 "$pid" && echo "the bystander lives"
kill -KILL "$pid"
`;

gccTest('a pid that is used again is not taken for the container\'s', async () => {
  const bundle = makeBundle({ args: ['sleep', '1000'] });
  const watch = watchHost(bundle);
  const env = {
    PATH: process.env['PATH'] ?? '', NUNC: commandOf()[0] ?? '', ROOT: stateRoot(), BUNDLE: bundle.directory,
    ID: bundle.id, OUTPUT: outputOf(bundle), IMPOSTOR: compile('impostor'),
  };
  // Its first process has to wait for orphans, or the container's init would stay a zombie.
  const shell = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child', 'bash', '-c', WRAP];
  const { stdout, stderr } = await runProgram(shell, { env });
  expect(stdout.trimEnd().split('\n'), stderr).toEqual([
    'state: stopped', 'container not running', 'container not running',
    'exec failed: cannot exec in a stopped container', 'cannot start a container that has stopped',
    'container not running', 'the bystander lives',
  ]);
  await watch.nothingLeft();
});
