import { expect, test } from 'vitest';
import { parseDestinations, parseLiveMounts } from '../../../src/config/live-mounts.ts';
import type { Spec } from '../../../src/config/types.ts';
import { ConfigError } from '../../../src/error.ts';

const config: Spec = {
  ociVersion: '1.0.0',
  root: { path: 'rootfs' },
  mounts: [{ destination: '/proc', type: 'proc' }],
  linux: {
    namespaces: [{ type: 'user' }, { type: 'mount' }],
    uidMappings: [{ containerID: 0, hostID: 1000, size: 10 }],
    gidMappings: [{ containerID: 0, hostID: 1000, size: 10 }],
  },
};

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function problemsOf(parse: () => unknown): readonly string[] {
  try {
    parse();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('parseLiveMounts() puts the mounts in the place of the config\'s, and nothing else', () => {
  const { spec, warnings } = parseLiveMounts(bytes('[{"destination":"a","type":"tmpfs","options":null}]'), config);
  expect(spec).toEqual({ ...config, mounts: [{ destination: 'a', type: 'tmpfs' }] });
  expect(warnings).toEqual(['mounts: /0/destination: "a" is not an absolute path, taken as relative to "/"']);
  expect(config.mounts).toHaveLength(1);
});

test.each([
  ['{', /^mounts: line 1, column 2: /],
  ['\xff', /^mounts: /],
  ['null', /^mounts: null is not an array$/],
  ['[1]', /^mounts: \/0: 1 is not an object$/],
  ['[{"type":"tmpfs"}]', /^mounts: \/0\/destination: missing, but required$/],
  ['[{"destination":"/a"}]', /^mounts: \/0\/type: missing, but required unless /],
  ['[{"destination":"/a\\u0000","type":"tmpfs"}]', /^mounts: \/0\/destination: .* has a NUL byte$/],
  ['[{"destination":"/a","type":"tmpfs","options":["uid=77"]}]', /^mounts: \/0\/options\/0: .*77/],
])('parseLiveMounts() refuses %s', (text, problem) => {
  expect(problemsOf(() => parseLiveMounts(bytes(text), config))).toEqual([expect.stringMatching(problem)]);
});

test('parseDestinations() looks at nothing else', () => {
  const text = '[{"destination":"/a"},{"destination":"/proc/sys","source":"/s","options":["bind","nosuch"]}]';
  expect(parseDestinations(bytes(text), config)).toEqual(['/a', '/proc/sys']);
  expect(problemsOf(() => parseDestinations(bytes('[{"destination":""},{}]'), config)))
    .toEqual(['mounts: /1/destination: missing, but required']);
  expect(problemsOf(() => parseDestinations(bytes('[{"destination":""}]'), config)))
    .toEqual(['mounts: /0/destination: "" is not a path']);
});
