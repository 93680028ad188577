// Devices that the rules do not allow, opened by a node that is there or that the container has made: which it may, as
// with every runtime (the default rules have `m` for all).
// The numbers are those of local use (admin-guide/devices.txt): opening one that is allowed is ENXIO, else EPERM.

import { execFileSync } from 'node:child_process';
import { type Attack, attackTests, type Target } from '../support/attacks/attack.ts';
import { execShell, shellBundle, startBundle } from '../support/attacks/containers.ts';
import type { Bundle, BundleSpec } from '../support/bundle.ts';

const CAPABILITIES = ['CAP_MKNOD', 'CAP_SYS_ADMIN', 'CAP_SYS_RAWIO', 'CAP_DAC_OVERRIDE', 'CAP_SYSLOG'];

/** Says what it has got, and that it was allowed what it is to be: or the test would show nothing. */
const SCRIPT = `try() { case $( (eval "$2") 2>&1) in *"not permitted"*) ;; *) echo "gained: $1";; esac; }
mknod /dev/block b 240 5
mknod /dev/character c 240 6
try "opened a b 240 5 of its own" ": </dev/block"
try "opened a c 240 6 of its own" ": </dev/character"
try "opened b 240 5" ": </nodes/b-240-5"
try "opened c 241 5" ": </nodes/c-241-5"
try "written to c 240 5, which is for reading" ": >/nodes/c-240-5"
case $( (: </nodes/c-240-5) 2>&1) in *"not permitted"*) echo "gained: nothing, everything is forbidden";; esac
: </dev/null && echo done`;

function bundleOf(target: Target): Bundle {
  const bundle = shellBundle(target, 'sleep 1000', ({ process, linux, mounts }: BundleSpec, { directory }) => {
    process.capabilities = { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES };
    linux.resources = {
      pids: { limit: 100 },
      devices: [{ allow: false, access: 'rwm' }, { allow: true, type: 'c', major: 240, minor: 5, access: 'r' }],
    };
    mounts.push({ destination: '/nodes', type: 'bind', source: `${directory}/nodes`, options: ['bind', 'dev'] });
  });
  const nodes = ['b 240 5', 'c 240 5', 'c 241 5'].map((device) =>
    `mknod ${bundle.directory}/nodes/${device.replaceAll(' ', '-')} ${device}`);
  execFileSync('sh', ['-c', `mkdir ${bundle.directory}/nodes; ${nodes.join('; ')}`]);
  return bundle;
}

/** @param before changes the running container; @param asInit has its first process attack, not one that joins */
function attack(before: readonly (readonly string[])[]): Attack {
  return async (target) => {
    const bundle = bundleOf(target);
    await startBundle(target, bundle);
    for (const [command = '', ...options] of before) {
      const { status, stderr } = await target.run([command, ...options, bundle.id]);
      if (status !== 0) return [`${command} fails: ${stderr}`];
    }
    const { stdout, stderr } = await execShell(target, bundle, { script: SCRIPT });
    if (!stdout.endsWith('done\n')) return [`it does not run: ${stderr}`];
    return stdout.split('\n').filter((line) => line.startsWith('gained'));
  };
}

attackTests(28, {
  attacks: {
    'by exec': attack([]),
    'after an update': attack([['update', '--pids-limit', '50']]),
    'after pause and resume': attack([['pause'], ['resume'], ['update', '--pids-limit', '60']]),
  },
});
