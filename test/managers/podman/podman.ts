// Podman with everything of its own: roots, configuration, namespaces, cgroups. Knows how containers are run and
// removed; the cases say what they are to show.

import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Result, type RunOptions,runProgram } from '../../support/runtime.ts';
import type { User } from '../../support/users.ts';
import type { Case } from '../battery.ts';
import { type ManagerClient, runtimePath } from '../battery.ts';
import { makeImageTar, makePlaces, type Places, removeEverywhere } from '../places.ts';
import { makePrivateNamespaces, type PrivateNamespaces } from '../private-namespaces.ts';
import type { RuntimeName } from '../verdict.ts';

/** In milliseconds, for a command on a busy machine. */
const PATIENCE = 100_000;

/** Where podman makes cgroups of containers without a parent of ours, as `kube play` does; it stays behind. */
export const DEFAULT_PARENT = '/libpod_parent';

export const IMAGE = 'localhost/busybox';

/** The name under which its containers are found by cases that run several. */
export type PodmanCase = Case<Podman>;

export interface Podman extends ManagerClient {
  readonly runtime: RuntimeName;
  readonly places: Places;
  /** `podman` with its global options. */
  readonly command: readonly string[];
  /** What stands before a command of the host, to run it where podman runs. */
  readonly prefix: readonly string[];
  /** The option that puts containers below a cgroup of ours; none without root, who has no cgroups of version 1. */
  cgroupOptions(below?: string): readonly string[];
  /** The options of `run` and `create` that containers get besides their own: no network, a cgroup of ours. */
  readonly containerOptions: readonly string[];
  /** Any command. */
  podman(args: readonly string[], options?: RunOptions): Promise<Result>;
  /** A command that must succeed. @returns what it printed, trimmed */
  succeed(args: readonly string[], options?: RunOptions): Promise<string>;
  /** `run --rm` with options and the command of the image. */
  run(options: readonly string[], argv: readonly string[], more?: RunOptions): Promise<Result>;
  /** What a shell script prints in a container with these options; it must succeed. */
  ask(script: string, ...options: readonly string[]): Promise<string>;
  /** Starts a container with a shell script in the background and removes it after `use`. */
  withContainer<T>(script: string, options: readonly string[], use: (id: string) => Promise<T>): Promise<T>;
}

const SUBORDINATE_IDS = 'subordinate-ids';

type Opened = Omit<Podman, 'close'>;

/** Podman's own default limits may be above the hard ones of this process, which takes CAP_SYS_RESOURCE. For processes
 * it has first lowered its own limit to the greatest pid, 32768 at least. */
export const LIMITS = ['nofile=1024:1024', 'nproc=4096:4096'] as const;

function configuration({ directory }: Places): string {
  return `[containers]
default_ulimits = [${LIMITS.map((limit) => `"${limit}"`).join(', ')}]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
runtime_supports_json = ["runc", "nunc"]
[network]
network_backend = "cni"
network_config_dir = "${directory}/networks"
`;
}

/** Where podman keeps everything, and the runtime it uses. */
function globalOptions(runtime: string, { directory }: Places): string[] {
  const own = (name: string): string => join(directory, name);
  return [
    '--root', own('root'), '--runroot', own('runroot'), '--tmpdir', own('tmp'), '--volumepath', own('volumes'),
    '--cgroup-manager=cgroupfs', '--runtime', runtime,
  ];
}

interface Calls {
  readonly command: readonly string[];
  readonly prefix: readonly string[];
  readonly rootless: boolean;
}

/** Everything but close(). */
function makeClient(runtime: RuntimeName, places: Places, calls: Calls): Opened {
  const { command, rootless } = calls;
  const cgroupOptions = (below = ''): string[] => (rootless ? [] : [`--cgroup-parent=${places.cgroupParent}${below}`]);
  const containerOptions = ['--network=none', ...cgroupOptions()];
  const complete = (options: readonly string[]): string[] => {
    const hasNetwork = options.some((option) => option.startsWith('--network='));
    return [...containerOptions.slice(hasNetwork ? 1 : 0), ...options];
  };
  const podman: Podman['podman'] = (args, options) => (
    runProgram([...command, ...args], { timeout: PATIENCE, ...options })
  );
  const succeed: Podman['succeed'] = async (args, options) => {
    const { status, stdout, stderr } = await podman(args, options);
    if (status !== 0) throw new Error(`podman ${args.join(' ')} ended with ${String(status)}: ${stderr}${stdout}`);
    return stdout.trimEnd();
  };
  const run: Podman['run'] = (options, argv, more) => (
    podman(['run', '--rm', ...complete(options), IMAGE, ...argv], more)
  );
  const ask: Podman['ask'] = (script, ...options) => (
    succeed(['run', '--rm', ...complete(options), IMAGE, 'sh', '-c', script])
  );
  const withContainer: Podman['withContainer'] = async (script, options, use) => {
    const id = await succeed(['run', '--detach', ...complete(options), IMAGE, 'sh', '-c', script]);
    try {
      return await use(id);
    } finally {
      await succeed(['rm', '--force', '--time', '0', id]);
    }
  };
  const marks = [places.mark];
  return {
    runtime, places, ...calls, cgroupOptions, containerOptions, marks, podman, succeed, run, ask, withContainer,
  };
}

/** The runtime's own state of containers, and mounts outside of podman's storage: there must be none in the end. */
async function leftIn({ runtime, places }: Opened, namespaces: PrivateNamespaces): Promise<string[]> {
  const directories = [`/run/${runtime}`, join(runtimeDirectory(places), runtime)];
  const states = await runProgram([...namespaces.prefix, 'find', ...directories, '-mindepth', '1']);
  const ours = [join(places.directory, 'root'), join('/', places.mark, SUBORDINATE_IDS)];
  const mounts = namespaces.mounts().filter((line) => (
    line.includes(places.mark) && !ours.some((path) => line.includes(path))
  ));
  return [...states.stdout.split('\n').filter((name) => name !== ''), ...mounts];
}

/** --userns=auto takes its ranges from those of a user called "containers", which need not be the machine's. */
async function provideSubordinateIds(places: Places, { prefix }: PrivateNamespaces): Promise<void> {
  const file = join(places.directory, SUBORDINATE_IDS);
  writeFileSync(file, 'containers:1000000:1000000\n');
  for (const place of ['/etc/subuid', '/etc/subgid']) await runProgram([...prefix, 'mount', '--bind', file, place]);
}

/** XDG_RUNTIME_DIR of a rootless podman: of its own, as its user may have several. */
function runtimeDirectory({ directory }: Places): string {
  return join(directory, 'run');
}

/** What runs a program as a user in the places that are made its own. */
function becoming({ name, uid, gid, home }: User, places: Places): string[] {
  mkdirSync(runtimeDirectory(places), { mode: 0o700 });
  for (const path of [places.directory, runtimeDirectory(places)]) chownSync(path, uid, gid);
  const variables = [`PATH=${process.env['PATH'] ?? ''}`, `HOME=${home}`];
  const credentials = ['--reuid', name, '--regid', name, '--init-groups'];
  return [
    'setpriv', ...credentials, 'env', '-i', `--chdir=${home}`, ...variables,
    `XDG_RUNTIME_DIR=${runtimeDirectory(places)}`,
  ];
}

/** conmon's `podman container cleanup` of the last containers can still write events into what is being removed. */
async function reset(client: Opened): Promise<void> {
  for (let left = 5; left > 0; left--) {
    const { status } = await client.podman(['system', 'reset', '--force']);
    if (status === 0) return;
    await setTimeout(500);
  }
  await client.succeed(['system', 'reset', '--force']);
}

/** Removes all containers, then everything. */
async function closePodman(client: Opened, namespaces: PrivateNamespaces): Promise<void> {
  await client.succeed(['pod', 'rm', '--all', '--force', '--time', '0']);
  await client.succeed(['rm', '--all', '--force', '--time', '0']);
  const left = await leftIn(client, namespaces);
  await reset(client);
  // Ends what holds a rootless podman's namespaces.
  await client.podman(['system', 'migrate']);
  await namespaces.close();
  client.places.remove();
  removeEverywhere(DEFAULT_PARENT);
  if (left.length > 0) throw new Error(`${client.runtime} has left behind:\n${left.join('\n')}`);
}

/** Makes podman's places and imports the image; for an ordinary user when one is given. */
export async function openPodman(runtime: RuntimeName, user?: User): Promise<Podman> {
  const places = makePlaces('podman');
  chmodSync(places.directory, 0o711);
  const namespaces = await makePrivateNamespaces();
  if (user === undefined) await provideSubordinateIds(places, namespaces);
  const file = join(places.directory, 'containers.conf');
  writeFileSync(file, configuration(places));
  const { prefix } = namespaces;
  const program = user !== undefined && runtime === 'nunc' ? user.program : runtimePath(runtime);
  const command = [
    ...prefix, ...(user === undefined ? ['env'] : becoming(user, places)),
    `CONTAINERS_CONF=${file}`, `TMPDIR=${places.directory}`, 'podman', ...globalOptions(program, places),
  ];
  const client = makeClient(runtime, places, { command, prefix, rootless: user !== undefined });
  await client.succeed(['import', makeImageTar(places.directory), IMAGE]);
  return { ...client, close: () => closePodman(client, namespaces) };
}
