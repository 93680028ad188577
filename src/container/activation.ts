// What a service manager gives to the services that it starts, handed on to the container: sockets that it listens on
// (sd_listen_fds(3)), and a socket for news of the service (sd_notify(3)). By way of the config, as runc does it.

import { namespaceSource } from '../config/rules/namespaces.ts';
import type { Mount, Spec } from '../config/types.ts';
import { type ContainerPlace, notifyDirectoryOf } from './store.ts';

export interface Activation {
  /** Descriptors 3 to 3 + n - 1 are the service manager's. */
  readonly listenFds: number;
  /** $NOTIFY_SOCKET; undefined when nobody wants news. */
  readonly notifySocket: string | undefined;
}

export const NO_ACTIVATION: Activation = { listenFds: 0, notifySocket: undefined };

/** Where the socket is in the container. */
const NOTIFY_DIRECTORY = '/run/notify';
export const NOTIFY_SOCKET_NAME = 'notify.sock';

/** What the environment of a command says. */
export function readActivation(environment: Readonly<Record<string, string | undefined>>, pid: number): Activation {
  const listenFds = environment['LISTEN_PID'] === String(pid) ? Number(environment['LISTEN_FDS']) : 0;
  return {
    // For another process, or nonsense: not for us to judge.
    listenFds: Number.isInteger(listenFds) && listenFds > 0 ? listenFds : 0,
    notifySocket: environment['NOTIFY_SOCKET'] || undefined,
  };
}

/** Whether the container gets a socket for its news: it takes a mount and a process. */
export function hasNotifySocket(spec: Spec, { notifySocket }: Activation): boolean {
  return notifySocket !== undefined && spec.process !== undefined && namespaceSource(spec, 'mount') !== 'inherited';
}

/** The config with what the container's process has to find. */
export function activate(spec: Spec, place: ContainerPlace, activation: Activation): Spec {
  const { listenFds } = activation;
  const notifies = hasNotifySocket(spec, activation);
  if (spec.process === undefined || (listenFds === 0 && !notifies)) return spec;
  const env = [...(spec.process.env ?? [])];
  if (listenFds > 0) env.push(`LISTEN_FDS=${listenFds}`, 'LISTEN_PID=1');
  if (notifies) env.push(`NOTIFY_SOCKET=${NOTIFY_DIRECTORY}/${NOTIFY_SOCKET_NAME}`);
  const mounts = notifies ? [...(spec.mounts ?? []), notifyMount(place)] : spec.mounts;
  return { ...spec, process: { ...spec.process, env }, ...(mounts === undefined ? {} : { mounts }) };
}

/** The directory, because the socket is made when the container is started. */
function notifyMount(place: ContainerPlace): Mount {
  const options = ['bind', 'nosuid', 'noexec', 'nodev', 'ro'];
  return { destination: NOTIFY_DIRECTORY, type: 'bind', source: notifyDirectoryOf(place), options };
}
