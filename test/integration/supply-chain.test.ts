// What dist/nunc is made of: packages that the lockfile pins by hash and whose install scripts are not needed, every
// one of them in the bill of materials with its licence, and the same bytes wherever it is built.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { effort } from '../support/effort.ts';
import { runProgram } from '../support/runtime.ts';

const project = resolve(import.meta.dirname, '../..');
const dist = join(project, 'dist');
const isNightly = effort({ usual: 0, nightly: 1 }) === 1;

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

interface Locked {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

describe('package-lock.json', () => {
  const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const locked = Object.entries(packages).filter(([path]) => path !== '');

  test('has a SHA-512 of every package, and no other place than the registry', () => {
    expect(locked.length).toBeGreaterThan(100);
    for (const [path, { resolved, integrity, link }] of locked) {
      expect(integrity, path).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
      expect(link, path).toBe(undefined);
      if (resolved !== undefined) expect(resolved, path).toMatch(/^https:\/\/registry\.npmjs\.org\//);
    }
  });

  test('is of package.json, which names one version of each', () => {
    const { devDependencies, optionalDependencies } = manifest;
    expect(packages['']).toMatchObject({ devDependencies, optionalDependencies });
    for (const version of Object.values({ ...devDependencies, ...optionalDependencies })) {
      expect(version).toMatch(/^(npm:@2060\.io\/\w+-napi@)?\d+\.\d+\.\d+$/);
    }
  });

  test('has no install script that package.json does not decide about', () => {
    const withScript = locked.filter(([, { hasInstallScript }]) => hasInstallScript === true);
    const found = withScript.map(([path]) => path.replace(/^.*node_modules\//, ''));
    // Two have another name where they are than in the registry.
    const names = found.map((name) => name.replace(/^(?=\w+-napi$)/, '@2060.io/'));
    expect([...new Set(names)].sort()).toEqual(Object.keys(manifest.allowScripts).sort());
  });
});

interface BomComponent {
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly scope: string;
  readonly supplier?: { readonly name: string };
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses: readonly ({ readonly license: { readonly id: string } } | { readonly expression: string })[];
  readonly components: readonly BomComponent[];
}

interface Bom {
  readonly metadata: { readonly timestamp: string; readonly component: BomComponent };
  readonly components: readonly BomComponent[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

describe('dist/nunc.cdx.json', () => {
  const bom = JSON.parse(readFileSync(join(dist, 'nunc.cdx.json'), 'utf8')) as Bom;
  const parts = bom.components.filter(({ scope }) => scope === 'required');

  test('is of this executable, and has what NTIA wants of every bill of materials', () => {
    expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 });
    expect(bom.metadata.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
    expect(bom.metadata.component.hashes).toEqual([{ alg: 'SHA-256', content: sha256(join(dist, 'nunc')) }]);
    for (const { name, version, purl, supplier, hashes, licenses, components } of parts) {
      expect(version, name).toMatch(/^\d/);
      expect(purl, name).toMatch(/^pkg:(npm|deb|generic)\//);
      expect(supplier?.name, name).toMatch(/\w/);
      for (const { content } of hashes) expect(content, name).toMatch(/^([0-9a-f]{64}|[0-9a-f]{128})$/);
      expect(JSON.stringify(licenses), name).not.toContain('NOASSERTION');
      expect(components.length, name).toBeGreaterThan(0);
    }
    const all = parts.map(({ purl }) => purl);
    expect(new Set(all).size).toBe(all.length);
    expect(bom.dependencies[0]?.dependsOn).toEqual(all);
  });

  // The bundler writes the name of each module above it.
  test('has every package of which a module is in the bundle', () => {
    const bundle = readFileSync(join(dist, 'engine/nunc.js'), 'utf8');
    const modules = [...bundle.matchAll(/^\/\/ .*node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\/[^\n]*$/gm)];
    const bundled = [...new Set(modules.map(([, name = '']) => name))].sort();
    expect(bundled).toContain('yargs');
    expect(parts.filter(({ purl }) => purl.startsWith('pkg:npm/')).map(({ name }) => name).sort()).toEqual(bundled);
  });

  test('has the files that were compiled and linked, with their hashes', () => {
    const files = parts.flatMap(({ components }) => components);
    const names = files.map(({ name }) => name.replace(/^.*\//, ''));
    expect(names).toEqual(expect.arrayContaining([
      'quickjs.c', 'libregexp.c', 'libunicode-table.h', 'libbf.c', 'libc.a', 'libgcc.a', 'crti.o',
    ]));
    for (const { name, hashes } of files) {
      expect(hashes).toEqual([{ alg: 'SHA-256', content: sha256(resolve(project, name)) }]);
    }
  });

  test('has a licence text of each part in dist/THIRD-PARTY.txt', () => {
    const notices = readFileSync(join(dist, 'THIRD-PARTY.txt'), 'utf8');
    for (const { name, version } of parts) expect(notices).toContain(`\n${name} ${version} (`);
    for (const owner of ['Fabrice Bellard', 'Rich Felker', 'Sindre Sorhus', 'GCC RUNTIME LIBRARY EXCEPTION']) {
      expect(notices.toLowerCase()).toContain(owner.toLowerCase());
    }
  });
});

interface Build {
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly umask: string;
}

/** Copies what the build reads, with other times. The compiled engine comes along, unless there is time for it. */
function copySources(directory: string): void {
  mkdirSync(join(directory, 'dist/engine'), { recursive: true });
  for (const name of ['src', 'scripts', 'package.json', 'package-lock.json']) {
    cpSync(join(project, name), join(directory, name), { recursive: true });
  }
  // Hundreds of MB: linked, where that can be.
  const how = statSync(project).dev === statSync(directory).dev ? '-al' : '-a';
  execFileSync('cp', [how, join(project, 'node_modules'), join(directory, 'node_modules')]);
  for (const name of isNightly ? [] : readdirSync(join(dist, 'engine')).filter((file) => /\.o(\.d)?$/.test(file))) {
    cpSync(join(dist, 'engine', name), join(directory, 'dist/engine', name));
  }
  for (const name of readdirSync(join(directory, 'src'), { recursive: true, encoding: 'utf8' })) {
    utimesSync(join(directory, 'src', name), 1_000_000_000, 1_000_000_000 + name.length);
  }
}

/** Builds as `npm run build` does. @returns the hash of each product, the bill of materials without its time */
async function build({ directory, env, umask }: Build): Promise<Record<string, string>> {
  copySources(directory);
  const program = [join(directory, 'scripts/bun.sh'), 'scripts/build.ts'];
  const command = ['sh', '-c', `umask ${umask}; exec "$@"`, 'sh', ...program];
  const PATH = process.env['PATH'] ?? '';
  const { status, stderr } = await runProgram(command, { cwd: directory, env: { PATH, ...env }, timeout: 900_000 });
  expect(status, stderr).toBe(0);
  const bom = readFileSync(join(directory, 'dist/nunc.cdx.json'), 'utf8').replace(/"timestamp": ".*"/, '');
  return {
    nunc: sha256(join(directory, 'dist/nunc')),
    'nunc.mjs': sha256(join(directory, 'dist/nunc.mjs')),
    'THIRD-PARTY.txt': sha256(join(directory, 'dist/THIRD-PARTY.txt')),
    'nunc.cdx.json': createHash('sha256').update(bom).digest('hex'),
  };
}

function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-build-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

test('the build makes the same bytes in another place, at another time, for another user', async () => {
  const [one, other] = [scratch(), join(scratch(), 'in/a/deeper directory')];
  const first = await build({
    directory: one, umask: '022', env: { HOME: '/root', LANG: 'C', TZ: 'UTC', SOURCE_DATE_EPOCH: '1' },
  });
  const second = await build({
    directory: other, umask: '077', env: {
      HOME: scratch(), LC_ALL: 'C.UTF-8', TZ: 'Pacific/Kiritimati', USER: 'x', SOURCE_DATE_EPOCH: '2000000000',
    },
  });
  expect(second).toEqual(first);
}, 1_800_000);

// Takes what npm gives.
const later = isNightly ? '' : ' (skipped: for the nightly run)';
(isNightly ? test : test.skip)(`npm ci without any install script is enough for the executable${later}`, async () => {
  const directory = scratch();
  for (const name of ['src', 'scripts', 'package.json', 'package-lock.json']) {
    cpSync(join(project, name), join(directory, name), { recursive: true });
  }
  const options = { cwd: directory, timeout: 900_000 };
  const install = ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  expect(await runProgram(install, options)).toMatchObject({ status: 0 });
  expect(await runProgram(['npm', 'run', 'build'], options)).toMatchObject({ status: 0 });
  const { stdout } = await runProgram([join(directory, 'dist/nunc'), '--version']);
  expect(stdout).toMatch(/^nunc version/);
}, 1_800_000);
