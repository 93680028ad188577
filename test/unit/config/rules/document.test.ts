import { type Case, refuses, without } from './cases.ts';

refuses('ociVersion', [
  ['no version', { '/ociVersion': '' }, '/ociVersion: "" is not a semantic version such as 1.3.0'],
  ['two numbers', { '/ociVersion': '1.3' }, '/ociVersion: "1.3" is not a semantic version such as 1.3.0'],
  ['a leading zero', { '/ociVersion': '1.03.0' }, '/ociVersion: "1.03.0" is not a semantic version such as 1.3.0'],
  ['a prefix', { '/ociVersion': 'v1.0.0' }, '/ociVersion: "v1.0.0" is not a semantic version such as 1.3.0'],
  [
    'an older major',
    { '/ociVersion': '0.5.0-dev' },
    '/ociVersion: "0.5.0-dev" is not a version 1.x of the runtime-spec',
  ],
  ['a newer major', { '/ociVersion': '2.0.0' }, '/ociVersion: "2.0.0" is not a version 1.x of the runtime-spec'],
]);

refuses('root', [
  ['missing', { '/root': undefined }, '/root: missing, but required on Linux'],
  ['empty path', { '/root/path': '' }, '/root/path: "" is not a path'],
]);

refuses('names', [
  [
    'without a uts namespace',
    { ...without('uts'), '/hostname': 'a', '/domainname': 'b' },
    '/hostname: "a" would change the host\'s: allowed only with a uts namespace in /linux/namespaces',
    '/domainname: "b" would change the host\'s: allowed only with a uts namespace in /linux/namespaces',
  ],
  [
    'too long',
    { '/hostname': 'é'.repeat(33), '/domainname': 'x'.repeat(65) },
    `/hostname: "${'é'.repeat(33)}" is longer than 64 bytes`,
    `/domainname: "${'x'.repeat(65)}" is longer than 64 bytes`,
  ],
]);

refuses(
  'hooks',
  ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'].map((name): Case => [
    name,
    { [`/hooks/${name}`]: [{ path: '/bin/true' }, { path: 'true' }] },
    `/hooks/${name}/1/path: "true" is not an absolute path`,
  ]),
);

refuses('annotations', [['empty key', { '/annotations': { '': 'x' } }, '/annotations/: an empty key is not allowed']]);
