// Podman of an ordinary user: the cases that need neither cgroups, which version 1 gives to root only, nor root itself.

import { missing, type Requirement } from '../../support/requires.ts';
import { useUser } from '../../support/users.ts';
import { runBattery } from '../battery.ts';
import { buildCases } from './cases-build.ts';
import { execCases } from './cases-exec.ts';
import { lifeCases } from './cases-life.ts';
import { networkCases } from './cases-network.ts';
import { rightsCases } from './cases-rights.ts';
import { runCases } from './cases-run.ts';
import { storageCases } from './cases-storage.ts';
import { openPodman, type PodmanCase } from './podman.ts';

const needs: readonly Requirement[] = ['root', 'podman', 'runc', 'busybox', 'users', 'no-systemd'];
const user = useUser(missing(needs).length === 0);

const hasCgroups = 'rootless podman has no cgroups of version 1';
const hasNoRange = 'the user has no such range of ids';
const hasNoNetwork = 'rootless networks take slirp4netns, which is not installed';

/** What only root can do, and why. */
const reasons: Readonly<Record<string, string>> = {
  '--pid=host, --ipc=host, --uts=host are the host\'s': 'podman binds the host\'s /dev/mqueue, which need not be there',
  '--cgroupns=private and host': hasCgroups,
  '--rootfs runs a directory': 'the directory is root\'s',
  'exec into a paused container fails': hasCgroups,
  'exec into a container with a user namespace': hasNoRange,
  'signals reach the process through a foreground run': 'the signal reaches only the first of podman\'s two processes',
  'pause and unpause': hasCgroups,
  'rm --force of a paused container': hasCgroups,
  'stats tells memory and processes': hasCgroups,
  'events tell its life in order': hasCgroups,
  '--device with other names and rights': 'a user namespace may not make devices',
  '--uidmap and --gidmap': hasNoRange,
  '--userns=container: joins that of another container': hasNoRange,
  'a bridge: two containers and the host reach each other': hasNoNetwork,
  'a published port': hasNoNetwork,
  '--network=ns: joins one by its path': 'the namespace is root\'s',
  'a pod is paused, unpaused, stopped, started, killed': hasCgroups,
};

/** With the host's pid namespace and no cgroup nothing could find the processes that are left. */
const leftOut = 'a shared pid namespace: what the process has left is ended with it';

/** Those that are not left to MANAGERS_ALL=1. */
const quick: readonly string[] = [
  'run passes on both outputs and the exit status',
  'exec passes on both outputs and the exit status',
  'stop ends a process that obeys',
  'the usual rights',
  'the usual mounts',
  'a directory of the host, writable',
];

const cases: readonly PodmanCase[] = [
  ...runCases, ...execCases, ...lifeCases, ...rightsCases, ...storageCases, ...networkCases, ...buildCases,
];

function forRoot(name: string): { readonly runcFails?: string } {
  const reason = reasons[name];
  return reason === undefined ? {} : { runcFails: reason };
}

runBattery({
  manager: 'podman-rootless',
  open: (runtime) => openPodman(runtime, user()),
  together: true,
  needs,
  cases: cases
    .filter(({ name }) => name !== leftOut)
    .map((each) => ({ ...each, slow: !quick.includes(each.name), ...forRoot(each.name) })),
});
