// nunc create.

import { createContainer } from '../container/create.ts';
import type { Invocation } from './command.ts';
import { createRequest } from './create-request.ts';

export function run(invocation: Invocation): number {
  createContainer(invocation.ffi(), createRequest(invocation));
  return 0;
}
