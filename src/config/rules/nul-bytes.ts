// The rule that nothing that reaches the kernel as a C string holds a NUL byte: it would be cut off there, so that
// what is checked and what is used would differ.

import { problem, type Report, show, token } from '../report.ts';

/** Annotations, other platforms' sections and unknown properties are not handed to the kernel. */
const SECTIONS = ['root', 'mounts', 'process', 'hostname', 'domainname', 'hooks', 'linux'];

/** Looks at every string and key of a parsed config.json, valid or not. Slow: only for texts that have `\u0000`. */
export function checkNulBytes(document: unknown, report: Report): void {
  if (typeof document !== 'object' || document === null) return;
  const pending: [string, unknown][] = [];
  for (const section of SECTIONS) pending.push([`/${section}`, (document as Record<string, unknown>)[section]]);
  // Grows while it is walked.
  for (const [pointer, value] of pending) {
    if (typeof value === 'string') {
      if (value.includes('\0')) problem(report, pointer, `${show(value)} has a NUL byte`);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        const place = `${pointer}/${token(key)}`;
        if (key.includes('\0')) problem(report, place, `the key ${show(key)} has a NUL byte`);
        pending.push([place, inner]);
      }
    }
  }
}
