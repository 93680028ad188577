// A created container waits for its start: who has its user's id, on the host or in a container that shares its pid
// namespace, looks into its init, which is the runtime's program still.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Attack, attackTests, type Target } from '../support/attacks/attack.ts';
import { runBundle, shellBundle, startBundle } from '../support/attacks/containers.ts';
import type { Bundle } from '../support/bundle.ts';
import { runProgram } from '../support/runtime.ts';

/** Nobody's. */
const USER = 54_321;

/** Looks into PID. Links of descriptors, its executable and its directories lead to files of the host. */
const LOOK = `pid=PID
look() { test -n "$(eval "$2" 2>/dev/null)" && echo "gained: $1"; }
look maps "head -c 1 /proc/$pid/maps"
first=$(head -n 1 /proc/$pid/maps | cut -d - -f 1)
look memory "dd if=/proc/$pid/mem bs=4096 count=1 skip=$((0x\${first:-400000} / 4096)) | tr '\\0' x"
look environ "head -c 1 /proc/$pid/environ | tr '\\0' x"
look "a descriptor" "ls -l /proc/$pid/fd | grep -e '->'"
look fdinfo "cat /proc/$pid/fdinfo/0"
look exe "readlink /proc/$pid/exe"
look cwd "readlink /proc/$pid/cwd"
look root "readlink /proc/$pid/root"
echo looked`;

/** Without capabilities: who lacks those that a process has may not look into it, whatever else protects it. */
function created(target: Target, uid = USER): Promise<{ bundle: Bundle; pid: number }> {
  const bundle = shellBundle(target, 'sleep 1000', ({ process }) => {
    process.user = { uid, gid: uid };
    process.capabilities = {};
    process.env = [...process.env ?? [], 'SECRET=of the host'];
  });
  return startBundle(target, bundle, { command: ['create'] }).then((pid) => ({ bundle, pid }));
}

function judge(text: string): string[] {
  if (!text.includes('looked')) return [`the attack fails: ${text}`];
  return text.split('\n').filter((line) => line.startsWith('gained'));
}

const onHost: Attack = async (target) => {
  const { pid } = await created(target);
  const user = ['setpriv', '--reuid', String(USER), '--regid', String(USER), '--clear-groups'];
  const { stdout, stderr } = await runProgram([...user, 'sh', '-c', LOOK.replace('PID', String(pid))]);
  return judge(stdout || stderr);
};

/** @param uid of both */
function besides(uid: number): Attack {
  return async (target) => {
    const { bundle, pid } = await created(target, uid);
    const neighbour = shellBundle(target, '', (spec, { rootfs }) => {
      spec.process.user = { uid, gid: uid };
      spec.process.args = ['sh', '/look'];
      spec.process.capabilities = {};
      spec.linux.namespaces = (spec.linux.namespaces ?? []).filter(({ type }) => type !== 'pid');
      spec.linux.namespaces.push({ type: 'pid', path: `/proc/${pid}/ns/pid` });
      writeFileSync(join(rootfs, 'look'), LOOK.replace('PID', '1'), { mode: 0o755 });
    });
    const { stdout, stderr } = await runBundle(target, neighbour);
    await target.run(['delete', '--force', bundle.id]);
    return judge(stdout || stderr);
  };
}

attackTests(36, {
  attacks: {
    'from the host, as its user': onHost,
    'from a container in its pid namespace, as its user': besides(USER),
    'from a container in its pid namespace, as root, both without capabilities': besides(0),
  },
});
