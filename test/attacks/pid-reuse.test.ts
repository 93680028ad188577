// The pid of a container's init, once that is dead, is given to a process of the host: what then is done to the
// container must not be done to the process. In a private pid namespace, where nobody else takes that pid.

import { type Attack, attackTests } from '../support/attacks/attack.ts';
import { shellBundle } from '../support/attacks/containers.ts';
import { compile } from '../support/attacks/hostile.ts';
import { globalOptions, runProgram } from '../support/runtime.ts';

/** $1 impostor, $2 program, $3 root, $4 bundle, $5 id, then the command that meets the other process. */
const SCRIPT = `impostor=$1; program=$2; root=$3; bundle=$4; id=$5; shift 5
if test "$program" = crun && mountpoint -q /sys/fs/cgroup/unified; then mount -t tmpfs tmpfs /sys/fs/cgroup/unified; fi
run() { "$program" --root $root "$@"; }
run run --detach --bundle $bundle --pid-file $bundle/pid $id </dev/null >$bundle/output 2>&1 \\
  || { cat $bundle/output; exit 1; }
pid=$(cat $bundle/pid)
# Start times are counted in ticks of 10 ms: the other process is not to be of the same one, as no recycled pid can be.
sleep 0.02
kill -9 $pid
while test -e /proc/$pid; do sleep 0.01; done
# The pid namespace's own subreaper is this shell, which waits for what it has adopted.
"$impostor" $pid || exit 1
timeout 5 "$program" --root $root "$@" $id >$bundle/said 2>&1 </dev/null || true
sleep 0.1
case $(cut -d' ' -f3 /proc/$pid/stat 2>/dev/null) in
  S) ;;
  *) echo "gained: the other process is $(cut -d' ' -f3 /proc/$pid/stat 2>/dev/null || echo dead)";;
esac
run state $id 2>/dev/null | grep -q '"status": "running"' && echo "gained: it counts as running"
kill -9 $pid 2>/dev/null
run delete --force $id >/dev/null 2>&1
echo done`;

function attack(...command: readonly string[]): Attack {
  return async (target) => {
    const bundle = shellBundle(target, 'sleep 1000');
    const [, root = ''] = globalOptions(target.root);
    const args = [compile('impostor'), target.program, root, bundle.directory, bundle.id, ...command];
    const alone = ['unshare', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child'];
    const { stdout, stderr } = await runProgram([...alone, 'sh', '-c', SCRIPT, 'sh', ...args]);
    if (!stdout.endsWith('done\n')) return [`the attack fails: ${stdout}${stderr}`];
    return stdout.split('\n').filter((line) => line.startsWith('gained'));
  };
}

attackTests(23, {
  needs: ['gcc', 'not-systemd-managed'],
  attacks: {
    'kill': attack('kill'),
    'kill --all': attack('kill', '--all'),
    'delete --force': attack('delete', '--force'),
    'pause': attack('pause'),
    'ps': attack('ps'),
  },
});
