// nunc run.

import { runContainer } from '../container/run.ts';
import type { Invocation } from './command.ts';
import { createRequest } from './create-request.ts';
import { reportTimings } from './timings.ts';

export async function run(invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const request = await createRequest(invocation);
  const status = await runContainer(invocation.ffi(), {
    ...request,
    detach: options.boolean('detach'),
    keep: options.boolean('keep'),
    subreaper: !options.boolean('no-subreaper'),
  });
  await reportTimings(invocation, 'run', request);
  return status;
}
