// nunc create.

import { createContainer } from '../container/create.ts';
import type { Invocation } from './command.ts';
import { createRequest } from './create-request.ts';
import { reportTimings } from './timings.ts';

export async function run(invocation: Invocation): Promise<number> {
  const request = await createRequest(invocation);
  createContainer(invocation.ffi(), request);
  await reportTimings(invocation, 'create', request);
  return 0;
}
