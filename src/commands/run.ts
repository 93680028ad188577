// nunc run.

import { runContainer } from '../container/run.ts';
import type { Invocation } from './command.ts';
import { createRequest } from './create-request.ts';

export async function run(invocation: Invocation): Promise<number> {
  const { options } = invocation;
  return await runContainer(invocation.ffi(), {
    ...await createRequest(invocation),
    detach: options.boolean('detach'),
    keep: options.boolean('keep'),
    subreaper: !options.boolean('no-subreaper'),
  });
}
