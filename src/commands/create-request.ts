// What create and run have in common: their options as a request.

import { resolve } from 'node:path';
import { cgroupfs } from '../cgroup/cgroupfs.ts';
import type { CreateRequest } from '../container/create.ts';
import { NuncError } from '../error.ts';
import type { Invocation } from './command.ts';

export function createRequest(invocation: Invocation): CreateRequest {
  const { options, positionals, globals, log } = invocation;
  refuseUnsupported(invocation);
  if (globals.systemdCgroup) log.warning('--systemd-cgroup is not supported yet: cgroups are made directly');
  const pidFile = options.string('pid-file');
  const consoleSocket = options.string('console-socket') ?? '';
  return {
    root: globals.root,
    id: positionals[0] ?? '',
    bundle: resolve(options.string('bundle') ?? '.'),
    noPivot: options.boolean('no-pivot'),
    newKeyring: !options.boolean('no-new-keyring'),
    preserveFds: options.number('preserve-fds') ?? 0,
    cgroupDriver: cgroupfs,
    warn: (message) => log.warning(message),
    ...(consoleSocket === '' ? {} : { consoleSocket: resolve(consoleSocket) }),
    ...(pidFile === undefined ? {} : { pidFile: resolve(pidFile) }),
  };
}

function refuseUnsupported({ options }: Invocation): void {
  if (options.string('pidfd-socket') !== undefined) throw new NuncError('usage', 'not supported yet: --pidfd-socket');
}
