// What fuzzing config.json has found mistakes with, as small as it gets: each goes its whole way again in every run.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { explainConfig, runBeside } from '../support/fuzz/beside.ts';
import { checkSame, newTally, runConfig } from '../support/fuzz/pipeline.ts';

const text = readFileSync(resolve(import.meta.dirname, '../../bundles/busybox/config.json'), 'utf8');
const plain = JSON.parse(text) as { readonly process: object; readonly linux: object };

function withLinux(linux: object): object {
  return { ...plain, linux: { ...plain.linux, ...linux } };
}

/** By what was wrong, and whether there is a plan (undefined: not on every host). EFFORT_SEED:case is where it was
 * found. */
const FOUND: readonly (readonly [what: string, where: string, plans: boolean | undefined, document: object])[] = [
  ['a hard limit beyond 2^53 was a TypeError', '720433265:1229', true, {
    ...plain, process: { ...plain.process, rlimits: [{ type: 'RLIMIT_CORE', soft: 1, hard: 2 ** 53 + 2 }] },
  }],
  ['a device directly below the root was a TypeError', '721313924:1171', true,
    withLinux({ devices: [{ path: '/b', type: 'c', major: 1, minor: 3 }] })],
  ['a device in the place of the root was a TypeError', '77:1344', false,
    withLinux({ devices: [{ path: '/', type: 'c', major: 1, minor: 3 }] })],
  ['half a character went to the terminal', '77:2511', false, { ...plain, hostname: `\ud800${'x'.repeat(70)}` }],
  ['an invisible character went to the terminal', '801:243', false, { ...plain, '\ufeff\u2028': 1, hooks: [] }],
  ['half a character went to the terminal by what explain assumes', '724571086:2831', true,
    { ...plain, mounts: [{ destination: '/s', source: '\ud800', options: ['bind'] }] }],
  ['a limit whose name has a slash was a TypeError', '724763835:71115', true,
    withLinux({ resources: { 'a/b': 2 ** 53 + 2 } })],
  ['a file named as a property of every object', 'by reading', undefined,
    withLinux({ resources: { unified: { constructor: '1' } } })],
];

let bundle = '';

beforeAll(() => {
  bundle = mkdtempSync(join(tmpdir(), 'nunc-fuzz-'));
  mkdirSync(join(bundle, 'rootfs'));
});

afterAll(() => rmSync(bundle, { recursive: true, force: true }));

test.each(FOUND)('parseConfig() to assemble(): %s (%s)', async (_what, _where, plans, document) => {
  const planned: boolean[] = [];
  // Of several hosts.
  for (let index = 0; index < 8; index++) {
    const situation = { bundle, seed: 1, index, tally: newTally() };
    const found = runConfig(JSON.stringify(document), situation);
    planned.push(found !== undefined);
    await explainConfig(situation);
    if (found === undefined) continue;
    checkSame(found, situation);
    runBeside(found, situation);
  }
  if (plans !== undefined) expect(planned.includes(true)).toBe(plans);
});
