import { expect, test } from 'vitest';
import { obeyedAnnotations, UNSAFE_ANNOTATIONS } from '../../../src/config/unsafe-annotations.ts';

const all = {
  'org.criu.config': '/etc/passwd', 'org.criu.configuration': 'x', 'org.systemd.property.CPUWeight': 'uint64 1',
  'org.systemd.property': 'y', 'io.kubernetes.cri.sandbox-id': 'z',
};

test('obeyedAnnotations() takes all as they are by default', () => {
  const warnings: string[] = [];
  const warn = (text: string): void => void warnings.push(text);
  expect(obeyedAnnotations(all, { warn })).toBe(all);
  expect(obeyedAnnotations(undefined, { ignoreUnsafeAnnotations: true, warn })).toEqual({});
  expect(warnings).toEqual([]);
});

test('obeyedAnnotations() leaves out those that reach the host when told so, and says which', () => {
  const warnings: string[] = [];
  const choice = { ignoreUnsafeAnnotations: true, warn: (text: string): void => void warnings.push(text) };
  expect(obeyedAnnotations(all, choice)).toEqual({
    'org.criu.configuration': 'x', 'org.systemd.property': 'y', 'io.kubernetes.cri.sandbox-id': 'z',
  });
  expect(warnings).toEqual([
    'config.json: /annotations: "org.criu.config" is ignored: --no-unsafe-annotations',
    'config.json: /annotations: "org.systemd.property.CPUWeight" is ignored: --no-unsafe-annotations',
  ]);
  expect(UNSAFE_ANNOTATIONS).toEqual(['org.criu.config', 'org.systemd.property.']);
});
