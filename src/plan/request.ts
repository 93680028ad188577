// How the init asks the runtime for something: descriptors over the channel, a record in the report, and a wait at the
// gate where the answer matters. launch/rendezvous.ts answers. Knows nothing of what is asked for.

import * as L from '../linux/constants.ts';
import type { ProgramDraft } from './create-draft.ts';
import { call, reserve, set } from './draft.ts';
import type { Slot, Value } from './operation.ts';
import { RECORD_SIZE, type RequestKind, requestRecord, REQUESTS } from './report.ts';

interface RequestOptions {
  /** Goes with the record: a 32-bit number. */
  readonly value?: Value;
  /** Handed over, in this order; the plan needs a channel then (descriptors.ts). */
  readonly descriptors?: readonly Slot[];
}

/** Waits at the gate fifo until the runtime writes a byte. @returns the byte's offset in memory */
export function planGate(draft: ProgramDraft): number {
  const byte = reserve(draft, 8);
  call(draft, 'read', [draft.descriptors.gate, { memory: byte }, 1]);
  return byte;
}

/** Asks the runtime for `kind`, under the story that the draft is telling. The descriptors stay open here. */
export function planRequest(draft: ProgramDraft, kind: RequestKind, options: RequestOptions = {}): void {
  const { value = 0, descriptors = [] } = options;
  for (let i = 0; i < descriptors.length; i++) sendDescriptor(draft, descriptors[i] as Slot);
  const record = reserve(draft, RECORD_SIZE);
  set(draft, record as Slot, requestRecord(kind));
  set(draft, (record + 8) as Slot, value);
  call(draft, 'write', [draft.descriptors.report, { memory: record }, RECORD_SIZE]);
  if (REQUESTS[kind].waits) planGate(draft);
}

/** sendmsg(2) of one descriptor with one byte, see unix(7) and cmsg(3). */
function sendDescriptor(draft: ProgramDraft, descriptor: Slot): void {
  const control = reserve(draft, L.CMSG_SPACE_OF_DESCRIPTOR);
  set(draft, control as Slot, L.CMSG_LENGTH_OF_DESCRIPTOR);
  // cmsg_level and cmsg_type, 32 bits each.
  set(draft, (control + 8) as Slot, L.SOL_SOCKET + L.SCM_RIGHTS * 2 ** 32);
  set(draft, (control + 16) as Slot, { slot: descriptor });
  const vector = { words: [{ text: '.' }, 1] };
  const message = { words: [0, 0, vector, 1, { memory: control }, L.CMSG_SPACE_OF_DESCRIPTOR, 0] };
  call(draft, 'sendmsg', [draft.descriptors.channel, message, L.MSG_NOSIGNAL]);
}
