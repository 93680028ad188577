// Every property of config.json, one after the other: set, and asked of the kernel, from inside the container and from
// outside. The table is in test/support/properties/; a property of the schema that is not in it fails here.

import { expect, test as plainTest } from 'vitest';
import { bundleFor, runBundle, startedPid } from '../support/ask.ts';
import type { Bundle } from '../support/bundle.ts';
import { messageOf } from '../support/lifecycle.ts';
import { hookProperties } from '../support/properties/hooks.ts';
import { linuxProperties } from '../support/properties/linux.ts';
import { processProperties } from '../support/properties/process.ts';
import type { Property } from '../support/properties/property.ts';
import { resourceProperties } from '../support/properties/resources.ts';
import { seccompProperties } from '../support/properties/seccomp.ts';
import { topProperties } from '../support/properties/top.ts';
import { startAtTerminal } from '../support/pty.ts';
import { requires } from '../support/requires.ts';
import { type Result, runtimeName } from '../support/runtime.ts';
import { propertiesOf } from '../support/schema-properties.ts';
import { runArguments } from '../support/terminal.ts';

const TABLE: readonly Property[] = [
  ...topProperties, ...processProperties, ...hookProperties, ...linuxProperties, ...seccompProperties,
  ...resourceProperties,
];

/** What nunc can't do yet, by whoever is at it: the beginnings of names. Who lands a property takes its line out, and
 * adds an entry to the table where there is none. With another runtime nothing of it is left out. */
const NOT_YET: Readonly<Record<string, string>> = {
  'mounts[].uidMappings[]': 'mounts',
  'mounts[].gidMappings[]': 'mounts',
};

function ownerOf(name: string): string | undefined {
  return Object.entries(NOT_YET).find(([start]) => name.startsWith(start))?.[1];
}

plainTest('every property of the schema is in the table, or somebody is at work on it', () => {
  const known = new Set(TABLE.flatMap(({ names }) => names));
  const properties = propertiesOf('config.schema.json');
  expect(properties.filter((name) => !known.has(name) && ownerOf(name) === undefined)).toEqual([]);
  expect([...known].filter((name) => !properties.includes(name))).toEqual([]);
  expect(Object.keys(NOT_YET).filter((start) => !properties.some((name) => name.startsWith(start)))).toEqual([]);
});

const WAIT = 'exec sleep 1000';

/** Runs a bundle at a user's terminal: what that shows is its output. */
async function runShown(bundle: Bundle): Promise<Pick<Result, 'status' | 'stdout' | 'stderr'>> {
  const session = startAtTerminal(runArguments(bundle));
  const { status } = await session.ended;
  return { status, stdout: session.shown(), stderr: '' };
}

async function check({ set, inside, outside, afterwards, refused, atTerminal }: Property): Promise<void> {
  if (inside !== undefined || afterwards !== undefined || refused !== undefined) {
    const [script, answer] = inside ?? ['echo it runs', undefined];
    const bundle = await bundleFor(script, set);
    const result = atTerminal === true ? await runShown(bundle) : await runBundle(bundle);
    if (refused !== undefined) {
      expect({ status: result.status, stdout: result.stdout }).toEqual({ status: 1, stdout: '' });
      expect(messageOf(result.stderr)).toMatch(refused);
    }
    if (typeof answer === 'string') expect(result.stdout.trimEnd() || result.stderr).toBe(answer);
    else if (answer !== undefined) expect(result.stdout.trimEnd() || result.stderr).toMatch(answer);
    afterwards?.(bundle, result);
  }
  if (outside === undefined) return;
  const bundle = await bundleFor(WAIT, set);
  await outside(await startedPid(bundle), bundle);
}

for (const property of TABLE) {
  const owner = runtimeName === 'nunc' ? property.names.map(ownerOf).find((found) => found !== undefined) : undefined;
  const why = owner === undefined && runtimeName === 'runc' ? property.notInRunc : owner && `${owner} is at it`;
  const title = property.names.join(', ');
  if (why === undefined) requires('root', 'busybox', ...(property.needs ?? []))(title, () => check(property));
  else plainTest.skip(`${title} (skipped: ${why})`, () => undefined);
}
