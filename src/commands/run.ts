// nunc run.

import { runContainer } from '../container/run.ts';
import type { Invocation } from './command.ts';
import { createRequest } from './create-request.ts';

export function run(invocation: Invocation): Promise<number> {
  const { options } = invocation;
  return runContainer(invocation.ffi(), {
    ...createRequest(invocation),
    detach: options.boolean('detach'),
    keep: options.boolean('keep'),
    subreaper: !options.boolean('no-subreaper'),
  });
}
