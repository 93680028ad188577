// What is in dist/nunc that others have written: which packages its parts come from, in which version, by whom and
// under which licence; and what has made it. The build says which files it has read (executable.ts); this reads what
// their packages say of themselves.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Parts } from './executable.ts';
import type { Tool } from './sbom.ts';

export interface Component {
  readonly name: string;
  readonly version: string;
  /** Package URL. */
  readonly purl: string;
  readonly supplier: string;
  /** SPDX licence expression. */
  readonly licence: string;
  /** What has to go with every copy. */
  readonly licenceText: string;
  readonly hash: { readonly alg: 'SHA-256' | 'SHA-512'; readonly content: string };
  /** Those that were read, with their SHA-256: paths in the repository or on the host that built it. */
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
}

interface Manifest {
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name: string };
  readonly repository?: string | { readonly url: string };
}

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly integrity?: string }>>;
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;
}

/** Lists of paths by what a function makes of each; those that it makes nothing of are left out. */
function groupBy(paths: readonly string[], keyOf: (path: string) => string | undefined): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const key = keyOf(path);
    if (key !== undefined) groups.set(key, [...groups.get(key) ?? [], path]);
  }
  return groups;
}

function hashFiles(root: string, paths: readonly string[]): Component['files'] {
  return paths.map((path) => ({ path, sha256: sha256(readFileSync(join(root, path))) }));
}

/** The text of a directory's licence file. @throws Error when there is none: it may not be left out */
function licenceIn(directory: string): string {
  const name = readdirSync(directory).sort().find((file) => /^licen[cs]e/i.test(file));
  if (name === undefined) throw new Error(`"${directory}" has no licence file`);
  return readFileSync(join(directory, name), 'utf8').trim();
}

/** `node_modules/a/node_modules/b` of a file in it. */
function packageOf(path: string): string | undefined {
  return /^((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
}

function npmSupplier({ author, repository }: Manifest): string {
  const name = typeof author === 'string' ? author : author?.name;
  const address = typeof repository === 'string' ? repository : repository?.url;
  return (name ?? address ?? 'unknown').replace(/\s*[<(].*/, '');
}

/** @throws Error for what is not in the lockfile: what can't be told from another copy can't be vouched for */
function npmHash(root: string, directory: string): Component['hash'] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lockfile;
  const [, digest] = /^sha512-(.+)$/.exec(packages[directory]?.integrity ?? '') ?? [];
  if (digest === undefined) throw new Error(`package-lock.json has no SHA-512 of "${directory}"`);
  return { alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') };
}

function npmComponent(root: string, directory: string, paths: readonly string[]): Component {
  const manifest = readManifest(join(root, directory));
  const name = directory.replace(/^.*node_modules\//, '');
  return {
    name,
    version: manifest.version,
    purl: `pkg:npm/${name.replace('@', '%40')}@${manifest.version}`,
    supplier: npmSupplier(manifest),
    licence: manifest.license ?? 'NOASSERTION',
    licenceText: licenceIn(join(root, directory)),
    hash: npmHash(root, directory),
    files: hashFiles(root, paths),
  };
}

/** QuickJS: a copy of its release in a package that is something else. */
function engineComponent(root: string, directory: string, paths: readonly string[]): Component {
  const version = readFileSync(join(root, directory, 'VERSION'), 'utf8').trim();
  return {
    name: 'quickjs',
    version,
    purl: `pkg:generic/quickjs@${version}?download_url=https://registry.npmjs.org/qjsc/-/qjsc-0.3.0.tgz`,
    supplier: 'Fabrice Bellard and Charlie Gordon',
    licence: 'MIT',
    licenceText: licenceIn(join(root, directory)),
    hash: npmHash(root, packageOf(`${directory}/`) ?? ''),
    files: hashFiles(root, paths),
  };
}

/** What Debian's packages do not say in a form for programs. */
const LIBRARIES: Readonly<Record<string, Pick<Component, 'name' | 'licence'>>> = {
  'musl-dev': { name: 'musl', licence: 'MIT' },
  libgcc: { name: 'libgcc', licence: 'GPL-3.0-or-later WITH GCC-exception-3.1' },
};

/** The Debian package of a file; its directory where there is no dpkg. */
function debianPackageOf(path: string): string {
  try {
    return execFileSync('dpkg-query', ['-S', path], { encoding: 'utf8' }).split(':')[0] ?? dirname(path);
  } catch {
    return dirname(path);
  }
}

function debianField(name: string, field: string): string {
  try {
    return execFileSync('dpkg-query', ['-W', '-f', `\${${field}}\n`, name], { encoding: 'utf8' }).split('\n')[0] ?? '';
  } catch {
    return 'unknown';
  }
}

function debianPackage(name: string): Pick<Component, 'version' | 'purl'> {
  const version = debianField(name, 'Version');
  const architecture = debianField(name, 'Architecture');
  return { version, purl: `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}` };
}

function libraryComponent(packageName: string, paths: readonly string[]): Component {
  const library = LIBRARIES[packageName.replace(/^libgcc.*/, 'libgcc')];
  const { name, licence } = library ?? { name: packageName, licence: 'NOASSERTION' };
  const copyright = `/usr/share/doc/${packageName}/copyright`;
  const files = hashFiles('/', paths);
  return {
    name,
    ...debianPackage(packageName),
    supplier: debianField(packageName, 'Maintainer').replace(/\s*<.*/, ''),
    licence,
    licenceText: existsSync(copyright) ? readFileSync(copyright, 'utf8').trim() : `${name}: ${licence}`,
    // Debian's package is not there to be hashed any more; what was taken of it is.
    hash: { alg: 'SHA-256', content: sha256(files.map(({ sha256: digest }) => digest).join('\n')) },
    files,
  };
}

/** Everything of others that is in the executable, in the order of names. @throws Error */
export function componentsOf(root: string, { modules, sources, libraries }: Parts): Component[] {
  const engineDirectory = (path: string): string | undefined => /^(.*\/quickjs_[^/]*)\//.exec(path)?.[1];
  const components = [
    ...[...groupBy(modules, packageOf)].map(([directory, paths]) => npmComponent(root, directory, paths)),
    ...[...groupBy(sources, engineDirectory)].map(([directory, paths]) => engineComponent(root, directory, paths)),
    ...[...groupBy(libraries, debianPackageOf)].map(([name, paths]) => libraryComponent(name, paths)),
  ];
  return components.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** What makes the executable: Bun bundles, ajv has written the validators, gcc and binutils do the rest. */
export function toolsOf(root: string): Tool[] {
  const npm = ['ajv', 'bun'].map((name) => {
    const { version } = readManifest(join(root, 'node_modules', name));
    return { name, version, purl: `pkg:npm/${name}@${version}` };
  });
  const debian = ['binutils', 'gcc'].map((name) => ({ name, ...debianPackage(name) }));
  return [...npm, ...debian];
}
