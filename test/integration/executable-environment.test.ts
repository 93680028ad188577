// What a container is depends on its bundle, and not on the environment that nunc is started in: variables, current
// directory, descriptors, umask, limits, signals, what else execve(2) hands on. Each case runs a container that tells
// all it sees, and is compared with one that was run in a clean environment. `RUNTIME=runc` shows what runc does.

import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { type Bundle, makeBundle } from '../support/bundle.ts';
import { compareViews, readView, type View, viewScript } from '../support/inside.ts';
import { outputOf, succeed, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { commandOf, configured, globalOptions, type Result, runProgram, stateRoot } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox');
const nuncTest = requires('root', 'cgroups', 'busybox', 'nunc');
const pythonTest = requires('root', 'cgroups', 'busybox', 'python3');

const PATH = process.env['PATH'] ?? '';

interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Put before the command. */
  readonly prefix?: readonly string[];
}

const CLEAN: Surroundings = { env: { PATH }, cwd: '/' };

function start(bundle: Bundle, command: readonly string[], { env, cwd, prefix = [] }: Surroundings): Promise<Result> {
  const argv = [...prefix, ...commandOf(configured), ...globalOptions(stateRoot()), ...command, bundle.id];
  return runProgram(argv, { env: env ?? CLEAN.env ?? {}, cwd: cwd ?? '/' });
}

/** Runs a container that tells what it sees. */
async function look(bundle: Bundle, surroundings: Surroundings): Promise<View> {
  const { status, stdout, stderr } = await start(bundle, ['run', '--bundle', bundle.directory], surroundings);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('=#=end');
  return readView(stdout, { bundle: bundle.directory, id: bundle.id });
}

/** What a container sees in a clean environment: the names of the bundle are not in it. */
let clean: View | undefined;

/** Expects a container to see the same here as in a clean environment, but for these facts. */
async function expectSame(surroundings: Surroundings, inherited: readonly string[] = []): Promise<void> {
  const bundle = makeBundle({ args: ['sh', '-c', viewScript] });
  const watch = watchHost(bundle);
  const odd = await look(bundle, surroundings);
  clean ??= await look(bundle, CLEAN);
  const differences = compareViews(odd, clean);
  expect(differences.filter(({ fact }) => !inherited.includes(fact))).toEqual([]);
  // Or the list would hide what is not inherited any more.
  expect(differences.map(({ fact }) => fact)).toEqual([...inherited].sort());
  await watch.nothingLeft();
}

function shell(script: string): Surroundings {
  return { prefix: ['sh', '-c', `${script}; exec "$@"`, 'sh'] };
}

/** A program in Python that executes its arguments: `program` is the path, `argv` all of them. */
function python(script: string): Surroundings {
  const imports = 'import ctypes, os, resource, signal, sys\nargv = sys.argv[1:]\nprogram = argv[0]\n';
  return { prefix: ['/usr/bin/python3', '-c', `${imports}${script}`] };
}

function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-environment-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

describe('variables', () => {
  const evil = '/evil/evil.so';
  const cases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'of dynamic linkers': {
      LD_PRELOAD: evil, LD_AUDIT: evil, LD_LIBRARY_PATH: '/evil', LD_DEBUG: 'all', LD_BIND_NOW: '1', LD_PROFILE: evil,
      LD_SHOW_AUXV: '1', LD_TRACE_LOADED_OBJECTS: '1', LD_ORIGIN_PATH: '/evil', LD_USE_LOAD_BIAS: '1',
    },
    'of C libraries': {
      GLIBC_TUNABLES: 'glibc.malloc.check=3', MALLOC_CHECK_: '3', MALLOC_PERTURB_: '165', MALLOC_ARENA_MAX: '1',
      LOCPATH: '/evil', NLSPATH: '/evil', GCONV_PATH: '/evil', RESOLV_HOST_CONF: '/evil', HOSTALIASES: '/evil',
      MUSL_LOCPATH: '/evil', TZDIR: '/evil', POSIXLY_CORRECT: '1',
    },
    'of engines': {
      BUN_OPTIONS: '--preload=/evil.js', BUN_BE_BUN: '1', BUN_INSPECT: 'ws://0.0.0.0:1', GODEBUG: 'x',
      NODE_OPTIONS: '--require=/evil.js', NODE_PATH: '/evil', NODE_DEBUG: 'fs', NODE_V8_COVERAGE: '/evil',
      QUICKJS_MODULE_PATH: '/evil', UV_THREADPOOL_SIZE: '0', GOTRACEBACK: 'crash', ASAN_OPTIONS: 'help=1',
    },
    'of places that are not there': {
      HOME: '/nonexistent', TMPDIR: '/nonexistent', XDG_RUNTIME_DIR: '/nonexistent', XDG_CONFIG_HOME: '/nonexistent',
      PWD: '/nonexistent', OLDPWD: '/nonexistent', SHELL: '/nonexistent', CDPATH: '/nonexistent',
    },
    'with relative and empty places': {
      HOME: '', TMPDIR: '.', XDG_RUNTIME_DIR: 'x', PATH: '', PWD: '..', USER: '', LOGNAME: '',
    },
    'of languages and times': { LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', LANGUAGE: 'tr', TZ: 'Pacific/Kiritimati' },
    'that are names of a container': { container: 'evil', NOTIFY_SOCKET: '', LISTEN_FDS: '0', LISTEN_PID: '1' },
    'with what is no text': { 'NEW\nLINE': 'a\nb', $: '${HOME}', '-': '--', x: '\u{10ffff}\u0001' },
  };
  for (const [name, env] of Object.entries(cases)) test(name, () => expectSame({ env: { PATH, ...env } }));

  test('none', () => expectSame({ env: {} }));

  test('more than a megabyte of them', () => {
    const many = Array.from({ length: 1200 }, (_, i) => [`VARIABLE_${i}`, 'x'.repeat(1000)] as const);
    return expectSame({ env: { PATH, ...Object.fromEntries(many), LONG: 'y'.repeat(100_000) } });
  });

  test('a PATH in which the programs are others', async () => {
    const directory = scratch();
    const mark = join(directory, 'was-run');
    for (const name of ['sh', 'criu', 'newuidmap', 'newgidmap', 'ps', 'mount', 'systemd-notify', 'ip', 'busybox']) {
      writeFileSync(join(directory, name), `#!/bin/sh\necho "$0" >>${mark}\n`);
      chmodSync(join(directory, name), 0o755);
    }
    await expectSame({ env: { PATH: directory } });
    expect(existsSync(mark)).toBe(false);
  });

  const entries: Readonly<Record<string, string>> = {
    'twice, without a name, without a value, and empty': "[b'A=1', b'A=2', b'=x', b'NOVALUE', b'', b'=', b'PATH=/bin']",
    'that are no UTF-8': "[b'X=\\xff\\xfe', b'\\xc0\\x80=y', b'PATH=/bin']",
  };
  const execve = `
def execve(argv, entries):
    array = lambda items: (ctypes.c_char_p * (len(items) + 1))(*items, None)
    ctypes.CDLL(None).execve(program.encode(), array([a.encode() for a in argv]), array(entries))
    raise SystemExit('execve failed')
`;
  for (const [name, list] of Object.entries(entries)) {
    pythonTest(name, () => expectSame(python(`${execve}execve(argv, ${list})`)));
  }

  pythonTest('argv[0] is empty, or very long', async () => {
    await expectSame(python(`${execve}execve([''] + argv[1:], [b'PATH=/bin'])`));
    await expectSame(python(`${execve}execve(['x' * 100000] + argv[1:], [b'PATH=/bin'])`));
  });

  // The kernel makes one empty argument of none (Linux 5.18); before that there was none at all.
  pythonTest('no argument at all is a wrong use, told in one piece', async () => {
    const { prefix = [] } = python(`${execve}execve([], [b'PATH=/bin'])`);
    const { status, signal, stderr } = await runProgram([...prefix, ...commandOf(configured)], { env: { PATH } });
    expect({ status, signal }).toEqual({ status: expect.any(Number) as number, signal: null });
    expect(stderr).not.toMatch(/TypeError|undefined|^\s+at /m);
  });
});

describe('the current directory', () => {
  test('has been deleted', () => expectSame(shell('d=$(mktemp -d); cd "$d"; rmdir "$d"')));

  test('is full of what engines would read', async () => {
    const directory = scratch();
    const evil = `XDG_RUNTIME_DIR=/evil\nPATH=${directory}\nNUNC_ROOT=/evil\n`;
    for (const name of ['.env', '.env.local', '.env.production']) writeFileSync(join(directory, name), evil);
    writeFileSync(join(directory, 'bunfig.toml'), 'preload = ["./evil.js"]\n');
    writeFileSync(join(directory, 'package.json'), '{"type":"commonjs","imports":{"#x":"./evil.js"}}');
    writeFileSync(join(directory, 'tsconfig.json'), '{"compilerOptions":{"paths":{"*":["./evil.js"]}}}');
    writeFileSync(join(directory, 'config.json'), '{"evil":true}');
    mkdirSync(join(directory, 'node_modules/yargs'), { recursive: true });
    for (const name of ['evil.js', 'node_modules/yargs/index.js']) {
      writeFileSync(join(directory, name), 'throw new Error("evil")');
    }
    await expectSame({ cwd: directory });
  });

  // Without CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH root is a user like others, here one of another's directory.
  nuncTest('can not be read by a caller without rights', async () => {
    const directory = scratch();
    chmodSync(directory, 0o700);
    const prefix = ['setpriv', '--reuid', '65534', '--clear-groups', '--inh-caps=-all'];
    const script = `cd ${directory}; exec "$@"`;
    const argv = ['sh', '-c', script, 'sh', ...prefix, ...commandOf()];
    expect(await runProgram([...argv, '--version'], { env: { PATH } })).toMatchObject({ status: 0, stderr: '' });
    const { status, stderr } = await runProgram([...argv, '--root', '/nonexistent', 'state', 'x'], { env: { PATH } });
    const refusal = /^time="[^"]+" level=error msg="container does not exist: .*\n$/;
    expect([status, stderr]).toEqual([1, expect.stringMatching(refusal)]);
  });
});

describe('standard streams', () => {
  const names = ['<&-', '>&-', '2>&-'];
  for (let set = 0; set < 8; set++) {
    const closed = names.filter((_, i) => ((set >> i) & 1) === 1).join(' ');
    // In their place is none, or /dev/null, never something else's (config-descriptors.test.ts).
    nuncTest(`closed: ${closed === '' ? 'none' : closed}`, async () => {
      const bundle = makeBundle({
        args: ['sh', '-c', 'for n in 0 1 2 3 4 5; do readlink /proc/$$/fd/$n; done >/seen; ls /proc/$$/fd >>/seen'],
        mutate: (spec) => { spec.root.readonly = false; },
      });
      const watch = watchHost(bundle);
      const run = ['run', '--bundle', bundle.directory];
      const { status } = await start(bundle, run, { prefix: ['sh', '-c', `exec "$@" ${closed}`, 'sh'] });
      expect(status).toBe(0);
      const seen = await runProgram(['cat', join(bundle.rootfs, 'seen')]);
      for (const line of seen.stdout.split('\n')) {
        expect(line).toMatch(/^$|^pipe:\[\d+\]$|^\/dev\/null$|^\/seen$|^socket:\[\d+\]$|^[0-2]$|^\d+$/);
      }
      await watch.nothingLeft();
    });
  }
});

/** Names, modes and owners of a container's state. */
async function stateFiles(surroundings: Surroundings): Promise<string[]> {
  const bundle = makeBundle({ args: ['sleep', '1000'] });
  const { prefix = [], ...rest } = surroundings;
  // Opened before anything else of the surroundings comes into force.
  const wrapped = { ...rest, prefix: ['sh', '-c', `exec "$@" >${outputOf(bundle)} 2>&1`, 'sh', ...prefix] };
  const pidFile = join(bundle.directory, 'pid');
  const create = ['create', '--pid-file', pidFile, '--bundle', bundle.directory];
  expect(await start(bundle, create, wrapped)).toMatchObject({ status: 0 });
  const root = join(stateRoot(), bundle.id);
  const paths = [root, ...readdirSync(root).map((name) => join(root, name)), pidFile];
  const found = paths.map((path) => `${path.replaceAll(bundle.id, 'ID')} ${statSync(path).mode.toString(8)}`);
  await succeed(['delete', '--force', bundle.id]);
  return found.sort();
}

describe('the umask', () => {
  for (const umask of ['0', '0777', '0277', '0077']) {
    test(`is ${umask}`, async () => {
      await expectSame(shell(`umask ${umask}`));
      expect(await stateFiles(shell(`umask ${umask}`))).toEqual(await stateFiles(CLEAN));
    });
  }
});

describe('limits', () => {
  // config.json has one for open files.
  const cases: Readonly<Record<string, readonly [script: string, inherited: readonly string[]]>> = {
    'of open files': ['ulimit -S -n 64', []],
    'of the size of core files': ['ulimit -c 0', ['limit Max core file size']],
    'of the stack': ['ulimit -s 256', ['limit Max stack size']],
    'of memory': ['ulimit -v 65536', ['limit Max address space']],
    'of locked memory': ['ulimit -l 0', ['limit Max locked memory']],
    'of the size of files': ['ulimit -f 100', ['limit Max file size']],
    'of processor time': ['ulimit -t 100', ['limit Max cpu time']],
  };
  for (const [name, [script, inherited]] of Object.entries(cases)) {
    test(name, () => expectSame(shell(script), inherited));
  }

  nuncTest('a size of files that no state fits in is told, and nothing is left', async () => {
    const bundle = makeBundle();
    const watch = watchHost(bundle);
    const { status, stderr } = await start(bundle, ['run', '--bundle', bundle.directory], shell('ulimit -f 0'));
    expect([status, stderr]).toEqual([1, expect.stringMatching(/cannot write .*: file too large/)]);
    await watch.nothingLeft();
  });
});

describe('what execve(2) hands on', () => {
  pythonTest('blocked and ignored signals', () => expectSame(python(`
for number in range(1, 65):
    if number not in (signal.SIGKILL, signal.SIGSTOP, 32, 33): signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, set(range(1, 65)) - {32, 33})
os.execv(program, argv)`)));

  test('an order to die with the caller', () => expectSame({ prefix: ['setpriv', '--pdeathsig', 'KILL'] }));

  test('no new privileges', () => expectSame({ prefix: ['setpriv', '--no-new-privs'] }));

  test('inheritable and ambient capabilities', () =>
    expectSame({ prefix: ['setpriv', '--inh-caps=+chown,+net_raw', '--ambient-caps=+chown,+net_raw'] }));

  test('a personality', () => {
    return expectSame({ prefix: ['setarch', '--addr-no-randomize', '--addr-compat-layout'] }, ['personality']);
  });

  test('niceness and processors', () => expectSame({ prefix: ['nice', '-n', '5'] }, ['stat nice', 'stat priority']));

  pythonTest('descriptors', () => expectSame(python(`
for n in range(3, 40): os.dup2(1, n, inheritable=True)
os.execv(program, argv)`)));
});
