// The session keyring of whoever calls the runtime, with a secret in it.

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Attack, attackTests, type Target } from '../support/attacks/attack.ts';
import { shellBundle, type ShellOptions } from '../support/attacks/containers.ts';
import { compile } from '../support/attacks/hostile.ts';
import type { Bundle } from '../support/bundle.ts';
import { commandOf, globalOptions, type Result, runProgram } from '../support/runtime.ts';

/** Runs the runtime in a session with the secret. */
function runInSession({ program, root }: Target, args: readonly string[], output?: string): Promise<Result> {
  const command = [compile('keys'), 'hold', ...commandOf(program), ...globalOptions(root), ...args];
  return runProgram(command, output === undefined ? {} : { output });
}

function bundleOf(target: Target, script: string, change?: ShellOptions['change']): Bundle {
  return shellBundle(target, script, (spec, made) => {
    copyFileSync(compile('keys'), join(made.rootfs, 'bin/keys'));
    change?.(spec, made);
  });
}

function judge({ stdout, stderr }: Result): string[] {
  if (!stdout.includes('done')) return [`it does not run: ${stderr}`];
  return stdout.split('\n').filter((line) => line.startsWith('gained'));
}

function run(options: readonly string[], change?: ShellOptions['change']): Attack {
  return async (target) => {
    const bundle = bundleOf(target, 'keys steal', change);
    return judge(await runInSession(target, ['run', ...options, '--bundle', bundle.directory, bundle.id]));
  };
}

const exec: Attack = async (target) => {
  const bundle = bundleOf(target, 'sleep 1000');
  const started = ['run', '--detach', '--bundle', bundle.directory, bundle.id];
  await runInSession(target, started, join(bundle.directory, 'output'));
  return judge(await runInSession(target, ['exec', bundle.id, 'keys', 'steal']));
};

attackTests(29, {
  needs: ['gcc'],
  attacks: {
    'a container': run([]),
    'an executed process': exec,
    'a container without pivot_root': run(['--no-pivot']),
  },
});
