// nunc create.

import { createContainer } from '../container/create.ts';
import type { Invocation } from './command.ts';
import { createRequest } from './create-request.ts';

export async function run(invocation: Invocation): Promise<number> {
  createContainer(invocation.ffi(), await createRequest(invocation));
  return 0;
}
