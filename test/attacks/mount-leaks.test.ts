// Mounts that reach the host: containers come and go where every mount is shared with a namespace that stands for the
// host's. In a private mount namespace, so that what leaks goes with it.

import { type Attack, attackTests } from '../support/attacks/attack.ts';
import { shellBundle, type ShellOptions } from '../support/attacks/containers.ts';
import { effort } from '../support/effort.ts';
import { globalOptions, runProgram } from '../support/runtime.ts';

const ROUNDS = effort({ usual: 6, nightly: 100 });

/** crun refuses hosts with v1 and v2: test/support/runtime.ts. */
const SCRIPT = `set -e
program=$1; rounds=$2; bundle=$3; id=$4; root=$5; shift 5
if test "$program" = crun && mountpoint -q /sys/fs/cgroup/unified; then mount -t tmpfs tmpfs /sys/fs/cgroup/unified; fi
mount --bind $bundle $bundle
mount --make-rshared /
mounts() { cut -d' ' -f4-6 /proc/self/mountinfo | sort; }
mounts >$bundle/before
for round in $(seq $rounds); do
  "$program" --root $root run "$@" --bundle $bundle $id </dev/null >/dev/null 2>$bundle/errors || true
done
mounts >$bundle/after
grep -q begun $bundle/rootfs/log || { echo "none has begun"; cat $bundle/errors; }
diff $bundle/before $bundle/after || true`;

/** @returns what is mounted in the namespace when they are all gone */
function leaked(options: readonly string[], change: ShellOptions['change']): Attack {
  return async (target) => {
    const work = 'echo begun >>/log; mount -t tmpfs tmpfs /tmp; mount --bind /bin /mnt; true';
    const bundle = shellBundle(target, work, (spec, made) => {
      const all = ['CAP_SYS_ADMIN'];
      spec.process.capabilities = { bounding: all, effective: all, permitted: all };
      spec.mounts.push({ destination: '/volume', type: 'bind', source: target.canaries, options: ['rbind', 'ro'] });
      change?.(spec, made);
    });
    const [, root = ''] = globalOptions(target.root);
    const args = [target.program, String(ROUNDS), bundle.directory, bundle.id, root, ...options];
    const command = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', SCRIPT, 'sh', ...args];
    const { status, stdout, stderr } = await runProgram(command, { timeout: 110_000 });
    if (status !== 0) return [`the attack fails: ${stderr}`];
    return stdout.split('\n').filter((line) => line !== '').slice(0, 5);
  };
}

attackTests(25, {
  needs: ['not-systemd-managed'],
  attacks: {
    'a plain bundle': leaked([], undefined),
    'with rootfsPropagation shared': leaked([], (spec) => void (spec.linux.rootfsPropagation = 'shared')),
    'without pivot_root': leaked(['--no-pivot'], undefined),
    'of creates that fail behind their mounts': leaked([], (spec, { rootfs }) => {
      spec.hooks = { createContainer: [{ path: '/bin/sh', args: ['sh', '-c', `echo begun >>${rootfs}/log; exit 1`] }] };
    }),
  },
});
