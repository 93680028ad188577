// nunc restore.

import { resolve } from 'node:path';
import { loadDriver } from '../container/load-driver.ts';
import { restoreContainer } from '../container/restore.ts';
import type { CriuOptions } from '../criu/messages.ts';
import type { Invocation, Options } from './command.ts';
import { criuSettings } from './criu-options.ts';

export async function run({ ffi, globals, options, positionals, log }: Invocation): Promise<number> {
  const settings = criuSettings(options);
  const pidFile = options.string('pid-file') || undefined;
  const consoleSocket = options.string('console-socket') || undefined;
  return await restoreContainer(ffi(), {
    ...settings,
    flags: { ...settings.flags, ...restoreFlags(options) },
    root: globals.root,
    id: positionals[0] ?? '',
    bundle: resolve(options.string('bundle') || '.'),
    rootless: globals.rootless,
    ignoreUnsafeAnnotations: globals.ignoreUnsafeAnnotations,
    cgroupDriver: await loadDriver(ffi(), globals.cgroupManager),
    detach: options.boolean('detach'),
    subreaper: !options.boolean('no-subreaper'),
    warn: (message) => log.warning(message),
    ...(pidFile === undefined ? {} : { pidFile: resolve(pidFile) }),
    ...(consoleSocket === undefined ? {} : { consoleSocket: resolve(consoleSocket) }),
  });
}

function restoreFlags(options: Options): Partial<CriuOptions> {
  const lsmProfile = options.string('lsm-profile') || undefined;
  const lsmMountContext = options.string('lsm-mount-context') || undefined;
  return {
    ...(options.boolean('tcp-close') ? { tcpClose: true } : {}),
    ...(lsmProfile === undefined ? {} : { lsmProfile }),
    ...(lsmMountContext === undefined ? {} : { lsmMountContext }),
  };
}
