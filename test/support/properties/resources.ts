// linux.resources: what becomes of each property is in resource-cases.ts.

import { expect, onTestFinished } from 'vitest';
import type { BundleSpec } from '../bundle.ts';
import { keepSubtreeControl, readCgroup } from '../cgroup-files.ts';
import { expectedOf, resourceCases } from '../resource-cases.ts';
import type { ResourceCase } from '../resources/case.ts';
import type { Property } from './property.ts';

type Resources = NonNullable<BundleSpec['linux']['resources']>;

/** What means nothing at create, or can't be kept yet but does no harm. */
function accepted(names: readonly string[], resources: Resources): Property {
  return {
    names: names.map((name) => `linux.resources.${name}`),
    set: (spec) => void (spec.linux.resources = structuredClone(resources)),
    inside: ['echo made', 'made'],
  };
}

function fromCase(one: ResourceCase): Property {
  const expected = expectedOf(one);
  const entry: Property = {
    names: (one.properties ?? []).map((name) => `linux.resources.${name}`),
    set: (spec) => {
      onTestFinished(keepSubtreeControl());
      spec.linux.resources = structuredClone(one.resources) as Resources;
    },
    needs: ['nunc'],
  };
  if (expected instanceof RegExp) return { ...entry, refused: expected };
  return { ...entry, outside: (pid) => {
    for (const [file, value] of Object.entries(expected)) {
      const content = readCgroup(pid, one.controller, file);
      if (typeof value === 'string') expect([file, content]).toEqual([file, value]);
      else expect(content).toMatch(value);
    }
  } };
}

export const resourceProperties: readonly Property[] = [
  accepted(
    ['devices[].allow', 'devices[].type', 'devices[].major', 'devices[].minor', 'devices[].access'],
    { devices: [{ allow: false, access: 'rwm' }, { allow: true, type: 'c', major: 1, minor: 3, access: 'rw' }] },
  ),
  ...resourceCases.filter(({ properties }) => properties !== undefined).map(fromCase),
];
