// Supplementary groups of whoever calls the runtime: a process in a container that keeps them reads what the host has
// for these groups alone. The groups are nobody's here.

import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Attack, attackTests, type Target } from '../support/attacks/attack.ts';
import { shellBundle, type ShellOptions, startBundle } from '../support/attacks/containers.ts';
import type { Bundle } from '../support/bundle.ts';
import { commandOf, globalOptions, type Result, runProgram } from '../support/runtime.ts';

const HOST_GROUPS = ['424242', '434343'];
const SHOW = 'grep ^Groups: /proc/self/status; cat /groups 2>/dev/null; true';

/** Runs the runtime as a member of the groups. */
function runAsMember({ program, root }: Target, args: readonly string[]): Promise<Result> {
  const member = ['setpriv', '--groups', HOST_GROUPS.join(',')];
  return runProgram([...member, ...commandOf(program), ...globalOptions(root), ...args]);
}

function judge({ status, stdout, stderr }: Result, expected: readonly string[]): string[] {
  if (status !== 0) return [`it does not run: ${stderr}`];
  return stdout.split('\n').flatMap((line) => {
    const groups = line.replace('Groups:', '').trim().split(/\s+/).filter((group) => group !== '');
    return groups.filter((group) => !expected.includes(group)).map((group) => `it is in group ${group}`);
  });
}

function userOf(bundle: Bundle, additionalGids: readonly number[]): void {
  bundle.spec.process.user = { uid: 1000, gid: 1000, additionalGids: [...additionalGids] };
}

function run(additionalGids: readonly number[], change?: ShellOptions['change']): Attack {
  return async (target) => {
    const bundle = shellBundle(target, SHOW, (spec, made) => {
      userOf(made, additionalGids);
      change?.(spec, made);
    });
    const result = await runAsMember(target, ['run', '--bundle', bundle.directory, bundle.id]);
    return judge(result, additionalGids.map(String));
  };
}

const exec: Attack = async (target) => {
  const bundle = shellBundle(target, 'sleep 1000', (_, made) => userOf(made, [7]));
  await startBundle(target, bundle);
  const result = await runAsMember(target, ['exec', bundle.id, 'sh', '-c', SHOW]);
  const named = await runAsMember(target, ['exec', '--user', '5:6', bundle.id, 'sh', '-c', SHOW]);
  return [...judge(result, ['7']), ...judge(named, ['7'])];
};

attackTests(27, {
  attacks: {
    "an annotation of crun's": run([], (spec) => { spec.annotations = { 'run.oci.keep_original_groups': '1' }; }),
    'a user without groups': run([]),
    'a user with others': run([5, 7]),
    'in a user namespace': run([5], (spec) => {
      spec.linux.namespaces?.push({ type: 'user' });
      const mapping = { containerID: 0, hostID: 0, size: 65_536 };
      spec.linux.uidMappings = [mapping];
      spec.linux.gidMappings = [mapping];
    }),
    'in a user namespace without groups': run([], (spec, { directory }) => {
      chmodSync(directory, 0o755);
      spec.linux.namespaces?.push({ type: 'user' });
      const mapping = { containerID: 0, hostID: 100_000, size: 65_536 };
      spec.linux.uidMappings = [mapping];
      spec.linux.gidMappings = [mapping];
    }),
    'a startContainer hook': run([], (spec, { rootfs }) => {
      const args = ['sh', '-c', `${SHOW} >/groups`];
      spec.hooks = { startContainer: [{ path: '/bin/sh', args }], poststop: [] };
      writeFileSync(join(rootfs, 'groups'), '');
      chmodSync(join(rootfs, 'groups'), 0o666);
    }),
    'exec, as the user and as another': exec,
  },
});
