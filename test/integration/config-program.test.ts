// process.env and process.args of config.json: the environment, HOME from the container's passwd, where the program is
// looked for, and how it is said that there is none.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ask, bundleFor, refusal, runBundle } from '../support/ask.ts';
import type { BundleSpec } from '../support/bundle.ts';
import { requires } from '../support/requires.ts';
import { runProgram } from '../support/runtime.ts';

const test = requires('root', 'busybox', 'nunc');

test('env: exactly what is asked for, the last of several with one name, and HOME', async () => {
  const environment = (env: string[]) => ask('', (spec) => void (spec.process.env = env), { args: ['/bin/env'] });
  expect(await environment(['B=2', 'A=1', 'B=3', 'EMPTY=', 'HOME=/h'])).toBe('B=3\nA=1\nEMPTY=\nHOME=/h');
  expect(await environment([])).toBe('HOME=/root');
  expect(await environment(['HOME='])).toBe('HOME=/root');
});

/** HOME as the process sees it, with some /etc/passwd. */
async function homeOf(uid: number, makePasswd: string): Promise<string> {
  const change = (spec: BundleSpec): void => {
    spec.process.user = { uid, gid: 0 };
    spec.process.env = [];
  };
  return ask('', change, {
    args: ['/bin/env'],
    prepare: async ({ rootfs }) => {
      const { status, stderr } = await runProgram(['sh', '-ec', `cd ${rootfs}/etc; ${makePasswd}`]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    },
  });
}

const PASSWDS: readonly (readonly [what: string, uid: number, make: string, home: string])[] = [
  ['the entry of the user', 1000, ':', '/home'],
  ['a user without an entry', 4321, ':', '/'],
  ['no file', 1000, 'rm passwd', '/'],
  ['an empty file', 0, ': >passwd', '/'],
  ['the first of two entries', 7, "printf 'a:x:7:7::/first:\\nb:x:7:7::/second:\\n' >passwd", '/first'],
  ['an entry without a home', 7, "printf 'a:x:7:7:::\\n' >passwd", '/'],
  ['no newline at the end', 7, "printf 'a:x:7:7::/last:/bin/sh' >passwd", '/last'],
  ['lines that are none', 7, "printf '\\n::\\nx\\n:::7\\na:x:7:7::/good:\\n' >passwd", '/good'],
  ['an id with more digits', 7, "printf 'a:x:77:7::/bad:\\nb:x:7:7::/good:\\n' >passwd", '/good'],
  ['a line longer than any buffer', 7,
    "head -c 200000 /dev/zero | tr '\\0' x >passwd; printf '\\nb:x:7:7::/good:\\n' >>passwd", '/good'],
  ['a fifo', 0, 'rm passwd; mkfifo passwd', '/'],
  ['a directory', 0, 'rm passwd; mkdir passwd', '/'],
  ['a link that leads nowhere', 0, 'ln -sf /no/such passwd', '/'],
  ['a link to itself', 0, 'rm passwd; ln -s passwd passwd', '/'],
  ['a link to a file of the image', 7,
    "printf 'a:x:7:7::/linked:\\n' >../real; ln -sf ../../../../../real passwd", '/linked'],
];

for (const [what, uid, make, home] of PASSWDS) {
  test(`env: HOME from passwd: ${what}`, async () => {
    expect(await homeOf(uid, make)).toBe(`HOME=${home}`);
  });
}

/** Where a program is found: prints its own path. */
function found(name: string, path: string | undefined, prepare: string): Promise<string> {
  const change = (spec: BundleSpec): void => {
    spec.process.env = path === undefined ? [] : [`PATH=${path}`];
    spec.process.cwd = '/work';
    spec.process.user = { uid: 1000, gid: 1000 };
    delete spec.process.capabilities;
  };
  return ask('', change, {
    args: [name],
    prepare: async ({ rootfs }) => {
      await runProgram(['sh', '-ec', `cd ${rootfs}; mkdir work a b c; chmod 777 work a b c; ${prepare}`]);
    },
  });
}

function script(path: string, mode = '755'): string {
  return `printf '#!/bin/sh\\necho ${path}' >${path}; chmod ${mode} ${path};`;
}

test('args: PATH is searched in order, inside the container', async () => {
  expect(await found('tool', '/a:/b', script('b/tool') + script('a/tool'))).toBe('a/tool');
  expect(await found('tool', '/no/such:/b', script('b/tool'))).toBe('b/tool');
});

test('args: what can not be executed, or is a directory, is passed over', async () => {
  expect(await found('tool', '/a:/b', script('a/tool', '644') + script('b/tool'))).toBe('b/tool');
  expect(await found('tool', '/a:/b', `mkdir a/tool; ${script('b/tool')}`)).toBe('b/tool');
  expect(await found('tool', '/a:/b', `${script('a/tool')} chmod 700 a; ${script('b/tool')}`)).toBe('b/tool');
});

test('args: a name with a slash is taken as it is, relative to cwd', async () => {
  expect(await found('./tool', '/a', script('work/tool') + script('a/tool'))).toBe('work/tool');
  expect(await found('../b/tool', '/a', script('b/tool'))).toBe('b/tool');
});

test('args: without PATH there is the default of execvp(3)', async () => {
  expect(await found('id', undefined, ':')).toContain('uid=1000');
});

// managers.md: what podman, docker and containerd look for, in create's own message.
const NOT_FOUND: readonly (readonly [program: string, message: RegExp])[] = [
  ['nosuch', /^exec: "nosuch": executable file not found in \$PATH/],
  ['/no/such', /^exec: "\/no\/such": stat \/no\/such: no such file or directory/],
  ['/etc/passwd', /^exec: "\/etc\/passwd": permission denied/],
  ['/etc/passwd/x', /^exec: "\/etc\/passwd\/x": stat \/etc\/passwd\/x: not a directory/],
  ['/etc', /^exec: "\/etc": is a directory: permission denied/],
  ['', /^exec: "": executable file not found in \$PATH/],
];

for (const [program, message] of NOT_FOUND) {
  test(`args: ${JSON.stringify(program)} is refused at create as runc words it`, async () => {
    expect(await refusal((spec) => void (spec.process.args = [program]))).toMatch(message);
  });
}

test('args: a program of a wrong format fails at start with the kernel\'s reason', async () => {
  const bundle = await bundleFor('', (spec) => void (spec.process.args = ['/broken']), {
    prepare: ({ rootfs }) => {
      writeFileSync(join(rootfs, 'broken'), 'no program\n', { mode: 0o755 });
    },
  });
  const { status, stderr } = await runBundle(bundle);
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/exec: \\?"\/broken\\?": exec format error/);
});

test('args: are passed on byte for byte', async () => {
  const args = ['printf', '%s|', '', ' ', '$HOME', "a'b\"c", 'ü€😀', '\n', '--', '\\'];
  expect((await ask('', undefined, { args }))).toBe(' |$HOME|a\'b"c|ü€😀|\n|--|\\|'.replace(/^/, '|'));
});
