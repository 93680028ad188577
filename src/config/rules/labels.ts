// Rules for the labels of AppArmor and SELinux. Whether the kernel knows such a label shows when it is used.

import { problem, type Report, show } from '../report.ts';
import type { Spec } from '../types.ts';

/** A page less the words around it: all that one write to /proc/<pid>/attr can hold. */
const MAX_LABEL_BYTES = 4000;
/** What fsconfig(2) takes as one value, without its NUL. */
const MAX_MOUNT_LABEL_BYTES = 255;

export function checkLabels({ process, linux }: Spec, report: Report): void {
  const { apparmorProfile = '', selinuxLabel = '' } = process ?? {};
  checkLabel('/process/apparmorProfile', { label: apparmorProfile, most: MAX_LABEL_BYTES }, report);
  checkLabel('/process/selinuxLabel', { label: selinuxLabel, most: MAX_LABEL_BYTES }, report);
  checkLabel('/linux/mountLabel', { label: linux?.mountLabel ?? '', most: MAX_MOUNT_LABEL_BYTES }, report);
}

function checkLabel(pointer: string, { label, most }: { label: string; most: number }, report: Report): void {
  // The kernel would take a line's end for the label's, and mount(2) a quotation mark.
  if (/["\n]/.test(label)) problem(report, pointer, `${show(label)} is not a label`);
  if (Buffer.byteLength(label) > most) problem(report, pointer, `${show(label)} is longer than ${most} bytes`);
}
