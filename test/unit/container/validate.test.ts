// That validate's errors are what create refuses: many configs, each broken in one place, are given to both.

import { closeSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cgroupfs } from '../../../src/cgroup/cgroupfs.ts';
import { openNamespaces } from '../../../src/container/namespaces.ts';
import { planContainer } from '../../../src/container/plan-container.ts';
import { ConfigError, NuncError } from '../../../src/error.ts';
import { lineOf } from '../../../src/finding.ts';
import { joinedNamespaces } from '../../../src/plan/namespaces.ts';
import { ffi, makeDirectory, plainConfig, verdictOn } from '../../support/validated.ts';
import { fullConfig } from '../config/configs.ts';

/** What create says before it makes anything; nothing for what it takes. */
function refusal(directory: string, text: string): readonly string[] {
  writeFileSync(join(directory, 'config.json'), text);
  const place = { root: '/', id: 'container', bundle: directory, noPivot: false, newKeyring: true, preserveFds: 0 };
  const warn = (): void => undefined;
  try {
    const { prepared } = planContainer({ ...place, rootless: 'auto', cgroupDriver: cgroupfs(ffi), warn });
    for (const descriptor of openNamespaces(ffi, joinedNamespaces(prepared.spec))) closeSync(descriptor);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    if (error instanceof NuncError) return [error.message];
    throw error;
  }
}

const VALUES: readonly unknown[] = ['x', -1, true, [], {}];

/** The document with each of its values taken out or replaced, one at a time. */
function* mutations(document: unknown): Generator<string> {
  const pending: (readonly [container: object, key: string])[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      pending.push([value, key]);
      visit(inner);
    }
  };
  visit(document);
  for (const [container, key] of pending) {
    const entries = container as Record<string, unknown>;
    const before = entries[key];
    for (const value of [undefined, ...VALUES]) {
      entries[key] = value;
      yield JSON.stringify(document);
    }
    entries[key] = before;
  }
}

type Resources = NonNullable<ReturnType<typeof fullConfig>['linux']>['resources'];

/** Without what takes a security module, or resctrl. @param resources the limits, which few hosts can all set */
function everything(resources: Resources = fullConfig().linux?.resources): object {
  const { process, linux, root, ...rest } = fullConfig();
  const { apparmorProfile: _, selinuxLabel: __, ...others } = process ?? { cwd: '/' };
  const { mountLabel: ___, intelRdt: ____, ...more } = linux ?? {};
  // One that is joined: of a type that nothing else in the config depends on.
  const namespaces = more.namespaces?.map(({ type }) => (
    type === 'cgroup' ? { type, path: '/proc/self/ns/cgroup' } : { type }));
  return { ...rest, root: { ...root, path: 'rootfs' }, process: others, linux: { ...more, namespaces, resources } };
}

function bothOn(text: string, directory: string): { create: readonly string[]; validate: string[] } {
  const { errors } = verdictOn(directory, text);
  const validate = errors.flatMap((error) => [lineOf(error), lineOf(error, '')]);
  return { create: refusal(directory, text), validate };
}

describe('validateBundle()', () => {
  test.each([
    ['the plain config', plainConfig(), 100],
    ['a config of everything but limits', everything({ pids: { limit: 100 } }), 100],
    ['a config of everything', everything(), 0],
  ])('finds an error where create refuses, and only there: %s', (_, config, least) => {
    const directory = makeDirectory();
    let refused = 0;
    let taken = 0;
    for (const text of mutations(config)) {
      const { create, validate } = bothOn(text, directory);
      if (create.length > 0) refused += 1;
      else taken += 1;
      const missed = create.filter((line) => !validate.includes(line));
      const invented = create.length === 0 ? validate : [];
      expect({ text, missed, invented }).toEqual({ text, missed: [], invented: [] });
    }
    expect(refused).toBeGreaterThan(300);
    expect(taken).toBeGreaterThanOrEqual(least);
  }, 300_000);

  test.each([
    ['', 'line 1, column 1: the end of the file where a value is expected'],
    ['{"a": 1,\n "b" 2}', 'line 2, column 6: "2" where ":" is expected'],
    ['[]', 'an array is not an object'],
    ['"x"', '"x" is not an object'],
  ])('says what is wrong with %j', (text, message) => {
    const { errors, warnings } = verdictOn(makeDirectory(), text);
    expect(errors).toEqual([expect.objectContaining({ pointer: '', text: message })]);
    expect(warnings).toEqual([]);
  });

  test('tells of what belongs to different stages at once', () => {
    const spec = plainConfig();
    spec.root.path = 'none';
    spec.process.cwd = 'relative';
    spec.linux.cgroupsPath = '/../x';
    spec.mounts.push({ destination: '/t', source: '/', options: ['bind', 'size=1'] });
    spec.linux.namespaces?.push({ type: 'user', path: '/proc/self/ns/uts' });
    spec.linux.seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [
        { names: ['read'], action: 'SCMP_ACT_TRAP', args: [{ index: 0, value: 1, op: 'SCMP_CMP_EQ' }] },
        { names: ['read'], action: 'SCMP_ACT_LOG', args: [{ index: 0, value: 1, op: 'SCMP_CMP_EQ' }] },
      ],
    };
    Object.assign(spec, { hostname: 5 });
    const { errors } = verdictOn(makeDirectory(), spec);
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual([
      '/hostname', '/linux/cgroupsPath', `/linux/namespaces/${(spec.linux.namespaces?.length ?? 0) - 1}/path`,
      '/linux/seccomp/syscalls/1',
      `/mounts/${spec.mounts.length - 1}/options`, '/process/cwd', '/root/path',
    ]);
  });

  test('is in the order of the document', () => {
    const text = '{"ociVersion": 1, "linux": {"x": 1}, "process": {"cwd": 2, "y": 1}, "root": {"path": "rootfs"}}';
    const { errors, warnings } = verdictOn(makeDirectory(), text);
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/ociVersion', '/process/args', '/process/cwd']);
    expect(warnings.map(({ pointer }) => pointer).slice(0, 2)).toEqual(['/linux/namespaces', '/linux/namespaces']);
  });

  test('has the allowed words, and a hint', () => {
    const spec = plainConfig();
    Object.assign(spec.linux, { namespaces: [{ type: 'netwrok' }] });
    const [error] = verdictOn(makeDirectory(), spec).errors;
    expect(error?.allowed).toContain('network');
    expect(error?.hint).toBe('did you mean "network"?');
  });
});
