// The files that containerd is started with: its own configuration, and the network that its pods get.

import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runtimePath } from '../battery.ts';
import type { Places } from '../places.ts';
import type { RuntimeName } from '../verdict.ts';

/** Images that open() imports: one with a shell, and the one that holds a pod's namespaces. */
export const busyboxImage = 'localhost/busybox:1';
export const pauseImage = 'localhost/pause:1';

/** Where in a daemon's directory the things are that tests look at. */
export interface Paths {
  readonly socket: string;
  readonly config: string;
  readonly log: string;
  /** The runtime's --root, below which containerd makes one for each of its namespaces. */
  readonly runtimeRoot: string;
  /** Put before PATH: holds a link to the runtime that is called runc. */
  readonly bin: string;
  readonly podLogs: string;
}

export function pathsIn(directory: string): Paths {
  return {
    socket: join(directory, 'containerd.sock'),
    config: join(directory, 'config.toml'),
    log: join(directory, 'containerd.log'),
    runtimeRoot: join(directory, 'runtime'),
    bin: join(directory, 'bin'),
    podLogs: join(directory, 'pod-logs'),
  };
}

const pluginsToLeaveOut = [
  'io.containerd.internal.v1.opt',
  'io.containerd.internal.v1.tracing',
  ...['aufs', 'btrfs', 'devmapper', 'zfs'].map((name) => `io.containerd.snapshotter.v1.${name}`),
];

/** A runtime handler of the CRI plugin, which is called as the runtime is. */
function handler(runtime: RuntimeName, runtimeRoot: string): string {
  const table = `plugins."io.containerd.grpc.v1.cri".containerd.runtimes.${runtime}`;
  return `
[${table}]
  runtime_type = "io.containerd.runc.v2"
[${table}.options]
  BinaryName = "${runtimePath(runtime)}"
  Root = "${runtimeRoot}"
`;
}

function daemonConfig({ directory }: Places): string {
  const { socket, runtimeRoot } = pathsIn(directory);
  return `version = 2
root = "${directory}/root"
state = "${directory}/state"
disabled_plugins = ${JSON.stringify(pluginsToLeaveOut)}

[grpc]
  address = "${socket}"

[plugins."io.containerd.grpc.v1.cri"]
  # Without CAP_SYS_RESOURCE no score can be lowered.
  restrict_oom_score_adj = true
  sandbox_image = "${pauseImage}"
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "${directory}/cni"
[plugins."io.containerd.grpc.v1.cri".containerd]
  default_runtime_name = "runc"
${handler('runc', runtimeRoot)}${handler('nunc', runtimeRoot)}`;
}

/** A bridge in the daemon's own network namespace, where no address can be taken already. */
const network = {
  cniVersion: '0.4.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: '10.88.0.0/24' }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
};

/** Writes all of it below the daemon's directory. */
export function configure(places: Places, runtime: RuntimeName): void {
  const { config, bin, podLogs } = pathsIn(places.directory);
  // Root of a user namespace has to get through, to the root file systems below.
  chmodSync(places.directory, 0o711);
  mkdirSync(join(places.directory, 'cni'));
  mkdirSync(podLogs);
  mkdirSync(bin);
  symlinkSync(runtimePath(runtime), join(bin, 'runc'));
  writeFileSync(config, daemonConfig(places));
  writeFileSync(join(places.directory, 'cni/10-pods.conflist'), JSON.stringify(network));
}
