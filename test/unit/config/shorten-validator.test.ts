// The shortened validators against ajv itself, on the template and everything that can be wrong with it one at a time.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type AnySchemaObject } from 'ajv';
import { expect, test } from 'vitest';
import type { SchemaError } from '../../../src/config/messages.ts';
import { configTemplate } from '../../../src/config/template.ts';
import { validate } from '../../../src/config/validate-config.js';

const directory = join(import.meta.dirname, '../../../spec');
const schemas = readdirSync(directory).filter((name) => name.endsWith('.schema.json')).map((name) => (
  JSON.parse(readFileSync(join(directory, name), 'utf8')) as AnySchemaObject
));
const ajv = new Ajv({ allErrors: true, messages: false, schemas });

type Errors = readonly SchemaError[] | null | undefined;

/** Without what nobody reads. */
function essence(errors: Errors): unknown {
  return errors?.map(({ instancePath, keyword, params }) => ({ instancePath, keyword, params })) ?? [];
}

/** Every copy of a document in which one value, at any depth, is another or missing. */
function* alterations(value: unknown, others: readonly unknown[]): Generator {
  yield* others;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    for (const altered of alterations(part, others)) {
      yield Array.isArray(value) ? value.with(Number(key), altered) : { ...value, [key]: altered };
    }
  }
}

test('shortenValidator() changes nothing of what a validator says', () => {
  const full = {
    ...configTemplate({ rootless: true, uid: 1, gid: 2, cgroup2: true }),
    hooks: { prestart: [{ path: '/a', timeout: 1, args: ['a'], env: [] }] },
    annotations: { 'a/b~c': 'd' },
  } as Record<string, unknown>;
  const linux = full['linux'] as object;
  const resources = {
    memory: { limit: 1, swappiness: 2 }, pids: { limit: 3 }, cpu: { shares: 4, idle: 0 },
    blockIO: { weight: 5, weightDevice: [{ major: 1, minor: 2 }] }, rdma: { x: { hcaHandles: 1 } },
  };
  const seccomp = {
    defaultAction: 'SCMP_ACT_ERRNO', architectures: ['SCMP_ARCH_X86'],
    syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value: 1, op: 'SCMP_CMP_EQ' }] }],
  };
  const document = { ...full, linux: { ...linux, resources, seccomp, devices: [{ type: 'c', path: '/a', major: 1 }] } };
  const reference = ajv.getSchema('config.schema.json');
  expect(validate(document)).toBe(true);
  const others = [undefined, null, 'text', '', 1.5, -1, 2 ** 70, -(2 ** 70), true, [], {}, [1], { a: 1 }];
  let refused = 0;
  for (const altered of alterations(document, others)) {
    const right = reference?.(altered);
    expect(validate(altered)).toBe(right);
    if (right === true) continue;
    refused++;
    expect(essence(validate.errors)).toEqual(essence(reference?.errors as Errors));
  }
  expect(refused).toBeGreaterThan(1000);
});

test('shortenValidator() bounds what is told, and the time for it', () => {
  const mounts = Array.from({ length: 200_000 }, () => ({}));
  const start = process.cpuUsage();
  expect(validate({ ociVersion: '1.3.0', mounts })).toBe(false);
  expect(validate.errors).toHaveLength(1000);
  // A list that is copied for each entry takes a minute.
  expect(process.cpuUsage(start).user / 1e6).toBeLessThan(5);
});
