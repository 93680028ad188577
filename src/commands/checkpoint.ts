// nunc checkpoint.

import { statSync } from 'node:fs';
import { checkpointContainer } from '../container/checkpoint.ts';
import { relyingOnConfig } from '../container/frozen-config.ts';
import { loadDriver } from '../container/load-driver.ts';
import { placeOf } from '../container/store.ts';
import type { CriuOptions } from '../criu/messages.ts';
import { NuncError } from '../error.ts';
import { canWrite } from '../ffi/system-calls.ts';
import type { Invocation, Options } from './command.ts';
import { criuSettings } from './criu-options.ts';

export async function run({ ffi, globals, options, positionals, log }: Invocation): Promise<number> {
  const place = placeOf(globals.root, positionals[0] ?? '');
  const settings = criuSettings(options);
  const flags = { ...settings.flags, ...parentImages(options, settings.imagePath), ...pageServer(options) };
  const statusFd = options.number('status-fd') ?? -1;
  if (statusFd !== -1 && !canWrite(ffi(), statusFd)) {
    throw new NuncError('usage', `invalid --status-fd argument ${statusFd}: it is not open for writing`);
  }
  await relyingOnConfig(place, () => checkpointContainer(ffi(), {
    ...settings,
    flags,
    place,
    loadDriver: (manager) => loadDriver(ffi(), manager),
    leaveRunning: options.boolean('leave-running'),
    preDump: options.boolean('pre-dump'),
    ignoreUnsafeAnnotations: globals.ignoreUnsafeAnnotations,
    warn: (message) => log.warning(message),
    ...(statusFd === -1 ? {} : { statusFd }),
  }));
  return 0;
}

/** Those of a checkpoint before, seen from these. */
function parentImages(options: Options, imagePath: string): { parentImg?: string } {
  const parentImg = options.string('parent-path') || undefined;
  if (parentImg === undefined) return {};
  if (parentImg.startsWith('/')) throw new NuncError('usage', '--parent-path must be relative');
  const path = `${imagePath}/${parentImg}`;
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return { parentImg };
  throw new NuncError('usage', `invalid --parent-path: ${JSON.stringify(path)} is not an existing directory`);
}

function pageServer(options: Options): Pick<CriuOptions, 'pageServer'> {
  const text = options.string('page-server') || undefined;
  if (text === undefined) return {};
  const parts = /^(?:\[([^\]]+)\]|([^:]+)):([^:]+)$/.exec(text);
  if (parts === null) throw new NuncError('usage', 'Use --page-server ADDRESS:PORT to specify page server');
  const port = Number(parts[3]);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new NuncError('usage', 'Invalid port number');
  return { pageServer: { address: parts[1] ?? parts[2] ?? '', port } };
}
