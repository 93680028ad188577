// Files of the host that stage 0 writes to.

import * as L from '../linux/constants.ts';
import type { ProcessDraft } from './create-draft.ts';
import { byteLength, call, close, HERE } from './draft.ts';

/** Writes a string to a file of the host in one write(2). */
export function writeFile(draft: ProcessDraft, path: string, content: string): void {
  const descriptor = { slot: draft.target };
  call(draft, 'openat', [HERE, { text: path }, L.O_WRONLY | L.O_CLOEXEC], { result: draft.target });
  call(draft, 'write', [descriptor, { text: content }, byteLength(content)]);
  close(draft, descriptor);
}
