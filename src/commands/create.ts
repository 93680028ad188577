// nunc create.

import { createExplained } from '../container/create.ts';
import type { Invocation } from './command.ts';
import { createRequest } from './create-request.ts';
import { reportTimings } from './timings.ts';

export async function run(invocation: Invocation): Promise<number> {
  const request = await createRequest(invocation);
  await createExplained(invocation.ffi(), request);
  await reportTimings(invocation, 'create', request);
  return 0;
}
