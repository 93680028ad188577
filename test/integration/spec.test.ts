// spec: writes a config.json that the runtime itself accepts and runs.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import type { Spec } from '../../src/config/types.ts';
import { type Bundle, type Draft, makeBundle } from '../support/bundle.ts';
import { refusal, succeed, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runtime } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox');

/** A bundle whose config.json is still to be written. */
function makeUnwritten(): Bundle {
  const bundle = makeBundle();
  rmSync(join(bundle.directory, 'config.json'));
  return bundle;
}

/** The config that was written; follows the schemas and the rules, without a warning. */
function read({ directory }: Bundle): Draft<Spec> {
  const text = readFileSync(join(directory, 'config.json'), 'utf8');
  expect(parseConfig(text).warnings).toEqual([]);
  return JSON.parse(text) as Draft<Spec>;
}

/** Runs a command in the container of a config that is made to need no terminal. */
async function runWritten(bundle: Bundle, script: string): Promise<string> {
  const spec = read(bundle);
  if (spec.process === undefined) throw new Error('the config has no process');
  spec.process.terminal = false;
  spec.process.args = ['sh', '-c', script];
  spec.linux = { ...spec.linux, cgroupsPath: bundle.spec.linux.cgroupsPath ?? '' };
  writeFileSync(join(bundle.directory, 'config.json'), JSON.stringify(spec));
  const result = await runtime(['run', '--bundle', bundle.directory, bundle.id]);
  expect(result).toMatchObject({ status: 0 });
  return result.stdout;
}

describe('spec', () => {
  test('writes config.json into the current directory, and it runs', async () => {
    const bundle = makeUnwritten();
    const watch = watchHost(bundle);
    expect(await succeed(['spec'], { cwd: bundle.directory })).toBe('');
    const root = { path: 'rootfs', readonly: true };
    expect(read(bundle)).toMatchObject({ root, process: { args: ['sh'], cwd: '/' } });
    expect(await runWritten(bundle, 'echo $$ $PATH; id -u')).toBe(
      '1 /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n0\n',
    );
    await watch.nothingLeft();
  });

  test('--bundle writes it there', async () => {
    const bundle = makeUnwritten();
    await succeed(['spec', '--bundle', bundle.directory], { cwd: '/' });
    expect(read(bundle).ociVersion).toMatch(/^1\./);
  });

  test('--rootless asks for a user namespace, and runs', async () => {
    const bundle = makeUnwritten();
    await succeed(['spec', '--rootless', '--bundle', bundle.directory]);
    const { namespaces, uidMappings, gidMappings } = read(bundle).linux ?? {};
    expect(namespaces).toContainEqual({ type: 'user' });
    expect(uidMappings).toEqual([{ containerID: 0, hostID: 0, size: 1 }]);
    expect(gidMappings).toEqual([{ containerID: 0, hostID: 0, size: 1 }]);
    expect(await runWritten(bundle, 'id -u')).toBe('0\n');
  });

  test('never writes over a config.json', async () => {
    const bundle = makeUnwritten();
    writeFileSync(join(bundle.directory, 'config.json'), 'mine');
    expect(await refusal(['spec'], { cwd: bundle.directory })).toContain('exists');
    expect(readFileSync(join(bundle.directory, 'config.json'), 'utf8')).toBe('mine');
    expect(readdirSync(bundle.directory).sort()).toEqual(['config.json', 'rootfs']);
  });

  test('refuses a directory that does not exist', async () => {
    expect(await refusal(['spec', '--bundle', '/nonexistent'])).toContain('no such file or directory');
  });
});
