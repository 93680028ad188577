// What to do about what the rules of a config have found, where that is known: looked up afterwards, so that create
// pays nothing for it.

import { valueAt } from '../config/messages.ts';
import { nearestWords } from '../config/spelling.ts';
import type { Finding } from '../finding.ts';
import { CAPABILITIES } from '../linux/capabilities.ts';
import { didYouMean } from './advice/advised.ts';

/** By pattern of a pointer, and of a text. */
const REMEDIES: readonly (readonly [pointer: RegExp, text: RegExp, hint: string])[] = [
  [/^\/root\/path$/, /is not an existing directory/,
    'unpack an image there, or say where it is: a relative path starts at the bundle'],
  [/^\/root$/, /missing/, 'add "root": { "path": "rootfs" }'],
  [/^\/process\/args$/, /./, 'say what to execute: "args": ["sh"]'],
  [/^\/linux\/namespaces$/, /rootless container requires/,
    'add { "type": "user" } and uidMappings and gidMappings, or start from: nunc spec --rootless'],
  [/^\/mounts$/, /mount namespace/, 'add { "type": "mount" } to /linux/namespaces'],
  [/^\/hooks\/.*\/path$|^\/process\/cwd$|\/namespaces\/\d+\/path$/, /not an absolute path/, 'begin it with "/"'],
  [/^\/process\/env\/\d+$/, /NAME=value/, 'without a value: "NAME="'],
  [/^\/linux\/cgroupsPath$/, /expected cgroupsPath/, 'leave out --systemd-cgroup, or write it in that form'],
  [/^\/(process|linux)\/\w+$/, /is not enabled on this host/, 'take it out, or boot with the security module'],
  [/^\/ociVersion$/, /missing|not a semantic version|not a version/, 'the newest that nunc knows is 1.3.0'],
];

/** Fills in hints, in place, where there is none yet. */
export function addHints(findings: Finding[], document: unknown): void {
  for (const [i, finding] of findings.entries()) {
    if (finding.hint !== undefined) continue;
    const hint = hintFor(finding, document);
    if (hint !== undefined) findings[i] = { ...finding, hint };
  }
}

function hintFor(finding: Finding, document: unknown): string | undefined {
  const { pointer, text, allowed } = finding;
  const value = valueAt(document, pointer);
  if (typeof value === 'string' && allowed !== undefined) return didYouMean(nearestName(value, allowed));
  if (typeof value === 'string' && pointer.startsWith('/process/capabilities/') && text.includes('not a known')) {
    return didYouMean(nearestName(value, Object.keys(CAPABILITIES)));
  }
  return REMEDIES.find(([where, what]) => where.test(pointer) && what.test(text))?.[2];
}

/** Words such as CAP_KILL and RLIMIT_CPU are compared without what they all begin with, which is easily left out. */
function nearestName(word: string, names: readonly string[]): string[] {
  const prefix = commonPrefix(names);
  const bare = (name: string): string => name.toUpperCase().startsWith(prefix) ? name.slice(prefix.length) : name;
  const short = names.map((name) => name.slice(prefix.length));
  const same = short.find((name) => name.toLowerCase() === bare(word).toLowerCase());
  const found = same === undefined ? nearestWords(bare(word), short) : [same];
  return found.map((name) => prefix + name);
}

/** Up to an underscore: `CAP_`, `SCMP_ACT_`; '' when there is none. */
function commonPrefix([first = '', ...names]: readonly string[]): string {
  let end = first.lastIndexOf('_') + 1;
  const isCommon = (prefix: string): boolean => names.every((name) => name.startsWith(prefix));
  while (end > 0 && !isCommon(first.slice(0, end))) end = first.lastIndexOf('_', end - 2) + 1;
  return first.slice(0, end);
}
