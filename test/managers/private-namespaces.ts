// A mount and a network namespace for a manager and everything it starts: its bridges, firewall rules and mounts are
// then nobody else's, and are gone with the last process in there. Commands are run in there with `prefix` in front.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

export interface PrivateNamespaces {
  /** To put before a command: `nsenter …`. */
  readonly prefix: readonly string[];
  /** The mounts in there, as /proc/<pid>/mountinfo has them. */
  mounts(): string[];
  close(): Promise<void>;
}

/** Mounts are passed on among the private copies, as managers expect of a host, but not to the machine's own ones.
 * What managers and runtimes keep in fixed places, whatever the options, is covered. */
const setUp = `set -e
mount --make-rshared /
for directory in /run /var/lib/cni; do
  mkdir -p "$directory"
  mount -t tmpfs -o mode=755 tmpfs "$directory"
done
ip link set lo up
echo ready
exec cat`;

/** Makes the namespaces, which last until close() or the end of this process, however it ends. */
export async function makePrivateNamespaces(): Promise<PrivateNamespaces> {
  const holder = spawn('unshare', ['--mount', '--net', '--propagation', 'private', 'sh', '-c', setUp], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'exit');
  const said = await Promise.race([once(holder.stdout, 'data'), ended]);
  if (String(said[0]).trim() !== 'ready') throw new Error('cannot make namespaces for a manager: see above');
  const pid = String(holder.pid);
  return {
    prefix: ['nsenter', '--target', pid, '--mount', '--net'],
    mounts: () => readFileSync(`/proc/${pid}/mountinfo`, 'utf8').trimEnd().split('\n'),
    close: async () => {
      holder.stdin.end();
      await ended;
    },
  };
}
