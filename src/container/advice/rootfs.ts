// Advice on the root file system as a whole.

import { existsSync } from 'node:fs';
import { type Report, show } from '../../config/report.ts';
import { advise, type Advised, isEmptyRootfs } from './advised.ts';

/** That there is none is an error. */
export function checkEmpty(advised: Advised, report: Report): void {
  const { spec, rootfs } = advised;
  if (!existsSync(rootfs) || !isEmptyRootfs(advised)) return;
  advise(report, '/root/path', [`${show(spec.root?.path)} is empty`,
    'unpack an image there, such as with: docker export $(docker create busybox) | tar -xC rootfs']);
}
