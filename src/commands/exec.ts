// nunc exec.

import { resolve } from 'node:path';
import { parseSubCgroups } from '../cgroup/sub-cgroup.ts';
import { parseProcess } from '../config/process.ts';
import { execInContainer, type ExecRequest } from '../container/exec.ts';
import { relyingOnConfig } from '../container/frozen-config.ts';
import { placeOf } from '../container/store.ts';
import { NuncError } from '../error.ts';
import type { Invocation } from './command.ts';
import { changeProcess } from './exec-process.ts';
import { readInput } from './input.ts';
import { reportTimings, stopwatchOf } from './timings.ts';

/** runc's for whatever keeps the process from being executed; all others are the process's. */
const FAILED = 255;

export async function run(invocation: Invocation): Promise<number> {
  try {
    const request = execRequest(invocation);
    const status = await relyingOnConfig(request.place, () => execInContainer(invocation.ffi(), request));
    await reportTimings(invocation, 'exec', request);
    return status;
  } catch (cause) {
    if (!(cause instanceof NuncError)) throw cause;
    const message = `exec failed: ${cause.message}`;
    throw new NuncError(cause.kind, message, { cause, exitStatus: FAILED });
  }
}

function execRequest(invocation: Invocation): ExecRequest {
  const { globals, log, options, positionals } = invocation;
  const [id = '', ...args] = positionals;
  const file = options.string('process') ?? '';
  const pathOf = (name: string): string | undefined => {
    const path = options.string(name) ?? '';
    return path === '' ? undefined : resolve(path);
  };
  const [pidFile, consoleSocket, pidfdSocket] = [pathOf('pid-file'), pathOf('console-socket'), pathOf('pidfd-socket')];
  return {
    place: placeOf(globals.root, id),
    ask: (own) => file === '' ? changeProcess(own, { args, options }) : parseProcess(readInput(file)),
    detach: options.boolean('detach'),
    ignorePaused: options.boolean('ignore-paused'),
    preserveFds: options.number('preserve-fds') ?? 0,
    cgroups: parseSubCgroups(options.strings('cgroup')),
    warn: (message) => log.warning(message),
    stopwatch: stopwatchOf(invocation),
    ...(consoleSocket === undefined ? {} : { consoleSocket }),
    ...(pidfdSocket === undefined ? {} : { pidfdSocket }),
    ...(pidFile === undefined ? {} : { pidFile }),
  };
}
