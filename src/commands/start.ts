// nunc start.

import { relyingOnConfig } from '../container/frozen-config.ts';
import { startContainer, type StartRequest } from '../container/start.ts';
import { placeOf } from '../container/store.ts';
import type { Invocation } from './command.ts';
import { reportTimings, stopwatchOf } from './timings.ts';

export async function run(invocation: Invocation): Promise<number> {
  const { ffi, globals, log, positionals } = invocation;
  const place = placeOf(globals.root, positionals[0] ?? '');
  const request: StartRequest = {
    place,
    loadDriver: async (manager) => (await import('../container/load-driver.ts')).loadDriver(ffi(), manager),
    warn: (message) => log.warning(message),
    stopwatch: stopwatchOf(invocation),
  };
  const notifySocket = process.env['NOTIFY_SOCKET'];
  if (!notifySocket) {
    await relyingOnConfig(place, () => startContainer(ffi(), request));
    await reportTimings(invocation, 'start', request);
    return 0;
  }
  const { startNotifying } = await import('../container/notify-proxy.ts');
  const readiness = await relyingOnConfig(place, () => startNotifying(ffi(), request, notifySocket));
  await reportTimings(invocation, 'start', request);
  readiness?.wait();
  return 0;
}
