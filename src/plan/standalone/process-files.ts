// The init's files in procfs, which only who has its pid can write: its id maps, its out-of-memory score. The directory
// is opened by the pid's digits, before anybody could have waited for the process.

import * as L from '../../linux/constants.ts';
import { byteLength, call, close, decimal, reserve, tell } from '../draft.ts';
import { DECIMAL_SIZE } from '../operation.ts';
import { open, type SupervisorDraft } from './draft.ts';
import type { IdMaps } from './input.ts';

/** Opens the directory of the init, draft.process from then on. */
export function openProcess(draft: SupervisorDraft): void {
  const digits = reserve(draft, DECIMAL_SIZE);
  tell(draft, '', 'open the init process in "/proc"');
  decimal(draft, draft.count, { value: { slot: draft.init }, into: digits });
  open(draft, '/proc', { flags: L.O_PATH | L.O_DIRECTORY });
  call(draft, 'openat', [{ slot: draft.file }, { memory: digits }, L.O_PATH | L.O_DIRECTORY | L.O_CLOEXEC], {
    result: draft.process,
  });
  close(draft, { slot: draft.file });
}

/** Writes a whole file in one write(2). */
export function writeProcessFile(draft: SupervisorDraft, name: string, content: string): void {
  // Loaded: whether it is open is not for the flow to tell.
  const directory = { load: draft.process, size: 8 } as const;
  call(draft, 'openat', [directory, { text: name }, L.O_WRONLY | L.O_CLOEXEC], { result: draft.file });
  call(draft, 'write', [{ slot: draft.file }, { text: content }, byteLength(content)]);
  close(draft, { slot: draft.file });
}

/** As launch/id-maps.ts. */
export function planIdMaps(draft: SupervisorDraft, { uids, gids, forbidsSetgroups }: IdMaps): void {
  tell(draft, '/linux/uidMappings', 'write the uid map of the user namespace');
  writeProcessFile(draft, 'uid_map', uids);
  if (forbidsSetgroups) {
    tell(draft, '/linux/gidMappings', 'forbid setgroups(2) in the user namespace');
    writeProcessFile(draft, 'setgroups', 'deny');
  }
  tell(draft, '/linux/gidMappings', 'write the gid map of the user namespace');
  writeProcessFile(draft, 'gid_map', gids);
}
