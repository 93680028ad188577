// Builds the executable: the sources are bundled, the engine (QuickJS's C sources, from the package qjsc) is compiled,
// and what is there when it has evaluated the bundle is linked into it. docs/decisions/engine.md has why.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { BunPlugin } from 'bun';
import { lowerParameters } from './parameters.ts';

type Defines = Readonly<Record<string, string>>;

interface Paths {
  readonly root: string;
  /** Where intermediate files are kept. */
  readonly work: string;
  /** Where object files are kept: compiling the engine takes 20 s. */
  readonly objects: string;
  /** The executable. */
  readonly output: string;
}

/** What is in the executable. */
interface Contents {
  /** Relative to the root. */
  readonly entry: string;
  readonly defines: Defines;
  /** Modules of the bundle that others stand in for, beside those of every executable. */
  readonly replaced?: Readonly<Record<string, string>>;
}

/** Where the engine's heap is, far above everything else: its addresses are in the heap itself. */
const HEAP_ADDRESS = '0x2000000';
/** What the build may fill of it. */
const HEAP_SIZE = 64 << 20;

const QUICKJS = 'node_modules/qjsc/deps/quickjs_2021_03_27';
const ENGINE = 'src/engine';
const FLAGS = [
  '-O2', '-fwrapv', '-fno-pie', '-fstack-protector-strong', '-fstack-clash-protection',
  '-D_GNU_SOURCE', '-DCONFIG_VERSION="2021-03-27"', '-DCONFIG_BIGNUM',
  // Of QuickJS's own code, which is taken as it is.
  '-w',
];
const OBJECTS = [
  `${ENGINE}/engine.c`, `${ENGINE}/heap.c`,
  ...['libregexp', 'libunicode', 'cutils', 'libbf'].map((name) => `${QUICKJS}/${name}.c`),
];
/** What the first of them includes. */
const INCLUDED = [
  ...['heap.h', 'json.c', 'natives.c', 'text.c'].map((name) => `${ENGINE}/${name}`), `${QUICKJS}/quickjs.c`,
];

/** The modules of Node that the sources use, and who has them in the executable. */
const REPLACED: Readonly<Record<string, string>> = {
  'node:fs': `${ENGINE}/fs.ts`,
  'node:path': `${ENGINE}/path.ts`,
  'node:child_process': `${ENGINE}/child-process.ts`,
  // yargs without the modules of Node that it would like. Its variant for browsers loads two packages from the network.
  'yargs/yargs': 'node_modules/yargs/browser.mjs',
  'https://unpkg.com/cliui@8.0.1/index.mjs': 'node_modules/cliui/index.mjs',
  'https://unpkg.com/yargs-parser@21.1.1/browser.js': 'node_modules/yargs-parser/browser.js',
  'string-width': `${ENGINE}/string-width.ts`,
};

/** The files that an executable was made of: what the tools themselves say. */
export interface Parts {
  /** Modules of the bundle, relative to the root. */
  readonly modules: readonly string[];
  /** C sources and headers, those of the C library aside, relative to the root. */
  readonly sources: readonly string[];
  /** Archives and objects of the system. */
  readonly libraries: readonly string[];
}

/** @throws Error */
export async function buildExecutable(paths: Paths, contents: Contents): Promise<Parts> {
  const { root, work, output } = paths;
  mkdirSync(work, { recursive: true });
  mkdirSync(paths.objects, { recursive: true });
  const bundle = join(work, 'nunc.js');
  const { text, modules } = await bundleSources(root, contents);
  writeFileSync(bundle, text);
  const objects = OBJECTS.map((source) => compile(paths, source));
  const [builder, heap] = [join(work, 'engine'), join(work, 'heap')];
  link({ work, objects, output: builder }, `.skip ${HEAP_SIZE}`, 'nobits');
  execFileSync(builder, [heap, bundle], { stdio: 'inherit' });
  link({ work, objects, output }, `.incbin "${heap}"`, 'progbits');
  // The heap has addresses of functions and data in it.
  if (symbols(builder) !== symbols(output)) throw new Error('the two links of the executable differ in addresses');
  runTool('strip', ['--strip-all', output]);
  const sources = new Set(objects.flatMap((object) => readDependencies(`${object}.d`)));
  return { modules, sources: [...sources].sort(), libraries: readMap(join(work, 'link.map')) };
}

/** What a compiler has read, from the rule that it has written for make(1). */
function readDependencies(file: string): string[] {
  return readFileSync(file, 'utf8').replace(/^[^:]*:/, '').split(/[\s\\]+/).filter((name) => name !== '');
}

/** The files of the system that a linker has taken something of. */
function readMap(file: string): string[] {
  // A member of an archive that was wanted, or an object that is always there; the engine's own are not the system's.
  const taken = readFileSync(file, 'utf8').matchAll(/^(?:LOAD )?(\/usr\/\S+?(?:\.o(?=$)|\.a(?=\()))/gm);
  return [...new Set([...taken].map(([, path = '']) => path))].sort();
}

async function bundleSources(
  root: string,
  { entry, defines, replaced }: Contents,
): Promise<{ text: string } & Pick<Parts, 'modules'>> {
  const standIns = { ...REPLACED, ...replaced };
  const plugin: BunPlugin = {
    name: 'engine',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^(?:node:|https:|yargs\/|string-width$)/ }, ({ path }) => {
        const standIn = standIns[path];
        if (standIn === undefined) throw new Error(`the executable has no module "${path}"`);
        return { path: join(root, standIn) };
      });
      onLoad({ filter: /nunc-quickjs\.ts$/ }, ({ path }) => {
        return { loader: 'ts', contents: `${readFileSync(path, 'utf8')}${importsOfLater(root)}` };
      });
    },
  };
  const { outputs: [bundle], metafile } = await Bun.build({
    entrypoints: [join(root, entry)], target: 'browser', format: 'esm',
    // Names and lines are what a stack trace shows.
    minify: { syntax: true }, define: defines, plugins: [plugin],
    metafile: true,
  });
  if (bundle === undefined || metafile === undefined) throw new Error('the bundle is empty');
  return { text: lowerParameters(await bundle.text()), modules: modulesOf(root, metafile.inputs) };
}

/** Relative to the root, wherever the build was started. */
function modulesOf(root: string, inputs: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(inputs).map((path) => relative(root, resolve(path))).sort();
}

/** What is imported when it is needed is evaluated at build as well: in the executable that costs nothing. */
function importsOfLater(root: string): string {
  const imports = new Set<string>();
  for (const file of new Bun.Glob('src/**/*.ts').scanSync(root)) {
    const source = readFileSync(join(root, file), 'utf8');
    for (const [, specifier = ''] of source.matchAll(/\bimport\('(\.[^']+)'\)/g)) {
      imports.add(`import './${relative('src', join(dirname(file), specifier))}';\n`);
    }
  }
  return [...imports].sort().join('');
}

/** @returns the object file of a source, which is compiled unless that has been done with the same text and flags */
function compile({ root, objects }: Pick<Paths, 'root' | 'objects'>, source: string): string {
  const key = createHash('sha256').update(FLAGS.join(' '));
  const included = source === `${ENGINE}/engine.c` ? INCLUDED : [];
  for (const file of [source, ...included]) key.update(readFileSync(join(root, file)));
  const object = join(objects, `${source.replace(/^.*\/|\.c$/g, '')}-${key.digest('hex').slice(0, 16)}.o`);
  if (existsSync(object) && existsSync(`${object}.d`)) return object;
  // Beside another build that does the same.
  const unfinished = `${object}.${process.pid}`;
  const dependencies = ['-MMD', '-MF', `${unfinished}.d`];
  const command = [...FLAGS, `-I${QUICKJS}`, `-I${ENGINE}`, ...dependencies, '-c', source, '-o', unfinished];
  runTool('musl-gcc', command, root);
  renameSync(`${unfinished}.d`, `${object}.d`);
  renameSync(unfinished, object);
  return object;
}

function link(
  { work, objects, output }: Pick<Paths, 'work' | 'output'> & { objects: readonly string[] },
  contents: string,
  type: 'nobits' | 'progbits',
): void {
  const source = join(work, 'heap.s');
  writeFileSync(source, [
    `.section .nunc.heap,"aw",@${type}`, '.balign 4096', '.globl heap_start, heap_end', 'heap_start:', contents,
    'heap_end:', '.section .note.GNU-stack,"",@progbits', '',
  ].join('\n'));
  const place = `-Wl,--section-start=.nunc.heap=${HEAP_ADDRESS}`;
  const map = `-Wl,-Map=${join(work, 'link.map')}`;
  const command = ['-static', '-no-pie', place, '-Wl,--build-id=none', map, source, ...objects, '-lm', '-o', output];
  runTool('musl-gcc', command);
}

function runTool(tool: string, args: readonly string[], cwd?: string): void {
  const { error, status } = spawnSync(tool, args, { stdio: 'inherit', ...(cwd === undefined ? {} : { cwd }) });
  if (error !== undefined) {
    throw new Error(`cannot run "${tool}" (of Debian's musl-tools, gcc and binutils): ${error.message}`);
  }
  if (status !== 0) throw new Error(`"${tool}" has failed`);
}

/** Every symbol with its address, but those that say where things end. */
function symbols(program: string): string {
  const lines = execFileSync('nm', [program], { encoding: 'utf8', maxBuffer: 1 << 26 }).split('\n');
  const places = lines.map((line) => line.replace(/ . /, ' '));
  return places.filter((place) => !/ (?:heap_end|_?end|_?edata|__bss_start)$/.test(place)).sort().join('\n');
}
