// What create and run have in common: their options as a request.

import { resolve } from 'node:path';
import { readActivation } from '../container/activation.ts';
import type { CreateRequest } from '../container/create.ts';
import { loadDriver } from '../container/load-driver.ts';
import type { Invocation } from './command.ts';
import { stopwatchOf } from './timings.ts';

export async function createRequest(invocation: Invocation): Promise<CreateRequest> {
  const { options, positionals, globals, log } = invocation;
  const activation = readActivation(process.env, process.pid);
  const pidFile = options.string('pid-file');
  const consoleSocket = options.string('console-socket') ?? '';
  const config = options.string('config') || undefined;
  const pidfdSocket = options.string('pidfd-socket') || undefined;
  return {
    root: globals.root,
    id: positionals[0] ?? '',
    bundle: resolve(options.string('bundle') ?? '.'),
    noPivot: options.boolean('no-pivot'),
    newKeyring: !options.boolean('no-new-keyring'),
    preserveFds: activation.listenFds + (options.number('preserve-fds') ?? 0),
    activation,
    rootless: globals.rootless,
    ignoreUnsafeAnnotations: globals.ignoreUnsafeAnnotations,
    cgroupDriver: await loadDriver(invocation.ffi(), globals.cgroupManager),
    warn: (message) => log.warning(message),
    stopwatch: stopwatchOf(invocation),
    ...(config === undefined ? {} : { config }),
    ...(consoleSocket === '' ? {} : { consoleSocket: resolve(consoleSocket) }),
    ...(pidfdSocket === undefined ? {} : { pidfdSocket: resolve(pidfdSocket) }),
    ...(pidFile === undefined ? {} : { pidFile: resolve(pidFile) }),
  };
}
