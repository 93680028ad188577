// nunc start.

import { startContainer, type StartRequest } from '../container/start.ts';
import { placeOf } from '../container/store.ts';
import type { Invocation } from './command.ts';

export async function run({ ffi, globals, log, positionals }: Invocation): Promise<number> {
  const place = placeOf(globals.root, positionals[0] ?? '');
  const request: StartRequest = {
    place,
    loadDriver: async (manager) => (await import('../container/load-driver.ts')).loadDriver(ffi(), manager),
    warn: (message) => log.warning(message),
  };
  const notifySocket = process.env['NOTIFY_SOCKET'];
  if (!notifySocket) {
    await startContainer(ffi(), request);
    return 0;
  }
  const { startNotifying } = await import('../container/notify-proxy.ts');
  const readiness = await startNotifying(ffi(), request, notifySocket);
  readiness?.wait();
  return 0;
}
