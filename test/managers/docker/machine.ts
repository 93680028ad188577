// What a docker daemon takes for the machine: mount, network and pid namespaces of its own. Its bridge, its mounts,
// what it writes to fixed places and every process below it are then nobody else's, and are gone with the first process
// in there. Cgroups remain.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Machine {
  /** To put before a command that is to run in there: `nsenter …`. */
  readonly prefix: readonly string[];
  /** Ends every process in there. */
  close(): Promise<void>;
}

/** Where dockerd, its runtimes and those who set them up write to, whatever their options: changes go to memory. */
const OWN = ['etc', 'usr/local', 'var/lib'];

/** Mounts are passed on within, as docker expects of a host. Its forwarding is what docker0 warns about otherwise.
 * The last command ends when this process does, however that comes. */
const setUp = `set -e
mount --make-rshared /
mount -t tmpfs -o mode=755 tmpfs /mnt
for place in ${OWN.join(' ')}; do
  mkdir -p /mnt/$place/changes /mnt/$place/work
  mount -t overlay -o lowerdir=/$place,upperdir=/mnt/$place/changes,workdir=/mnt/$place/work overlay /$place
done
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/lock
ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward
echo ready
exec cat`;

/** docker-init, as the machine's first process, buries the shims and what they leave. */
const FIRST = [
  'unshare', '--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private',
  'docker-init', '-s', '--', 'sh', '-c', setUp,
];

/** @param directory where commands are run that are run in there */
export async function startMachine(directory: string): Promise<Machine> {
  const [program = '', ...args] = FIRST;
  const holder = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(holder, 'exit');
  const said = await Promise.race([once(holder.stdout, 'data'), ended]);
  if (String(said[0]).trim() !== 'ready') throw new Error('cannot make namespaces for docker: see above');
  // unshare(1) itself has stayed out of the pid namespace, and has it for its children.
  const pid = String(holder.pid);
  return {
    prefix: [
      'nsenter', `--mount=/proc/${pid}/ns/mnt`, `--net=/proc/${pid}/ns/net`, `--pid=/proc/${pid}/ns/pid_for_children`,
      // Entering a mount namespace leads to its root, which is the real one's.
      'sh', '-c', 'cd "$0" && exec "$@"', directory,
    ],
    close: async () => {
      holder.stdin.end();
      await ended;
    },
  };
}
