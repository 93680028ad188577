// process of config.json: user, working directory, environment, capabilities, limits, descriptors, asked of the process
// itself and of the kernel.

import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test as vitest } from 'vitest';
import { ask, bundleFor, proc, refusal, runBundle, startedPid } from '../support/ask.ts';
import type { BundleSpec } from '../support/bundle.ts';
import { requires } from '../support/requires.ts';
import { runProgram } from '../support/runtime.ts';

const test = requires('root', 'busybox', 'nunc');

/** One field of /proc/self/status, with single spaces. */
function field(status: string, name: string): string {
  return new RegExp(`^${name}:[\\t ]*(.*)$`, 'm').exec(status)?.[1]?.trim().replaceAll(/\s+/g, ' ') ?? 'none';
}

test('user: ids and supplementary groups are exactly those asked for', async () => {
  const status = await ask('cat /proc/$$/status', (spec) => {
    spec.process.user = { uid: 1234, gid: 5678, additionalGids: [9, 4294967294, 7, 7] };
  });
  expect(field(status, 'Uid')).toBe('1234 1234 1234 1234');
  expect(field(status, 'Gid')).toBe('5678 5678 5678 5678');
  expect(field(status, 'Groups').split(' ').sort()).toEqual(['4294967294', '7', '7', '9']);
});

test('user: none of the groups of the caller is kept', async () => {
  const bundle = await bundleFor('cat /proc/$$/status');
  const { stdout } = await runBundle(bundle, { prefix: ['setpriv', '--groups', '3,4,5'] });
  expect(field(stdout, 'Groups')).toBe('');
});

test('user: umask is the one asked for, 0022 by default, not that of the caller', async () => {
  expect(await ask('umask', undefined, { prefix: ['sh', '-c', 'umask 077; exec "$@"', 'sh'] })).toBe('0022');
  const umask = await ask('umask; touch /tmp/f; stat -c %a /tmp/f', (spec) => {
    spec.process.user = { uid: 0, gid: 0, umask: 0o137 };
  });
  expect(umask).toBe('0137\n640');
});

test('cwd: is where the process starts, and is made when missing', async () => {
  expect(await ask('pwd', (spec) => void (spec.process.cwd = '/usr/../tmp'))).toBe('/tmp');
  const bundle = await bundleFor('pwd; stat -c "%a %u" .', (spec) => void (spec.process.cwd = '/made/by the/runtime'));
  expect(await runBundle(bundle)).toMatchObject({ status: 0, stdout: '/made/by the/runtime\n755 0\n' });
});

test('cwd: one that only root may enter, and one that only the user may enter', async () => {
  const enter = (mode: string, owner: string, uid: number) => ask('pwd', (spec) => {
    spec.process.user = { uid, gid: uid };
    spec.process.cwd = '/work';
  }, {
    prepare: async ({ rootfs }) => {
      await runProgram(['sh', '-c', `mkdir ${rootfs}/work; chown ${owner} ${rootfs}/work; chmod ${mode} ${rootfs}/work`]);
    },
  });
  expect(await enter('700', '0:0', 1000)).toBe('/work');
  expect(await enter('700', '1000:1000', 1000)).toBe('/work');
});

test('cwd: a file is no working directory', async () => {
  const message = await refusal((spec) => void (spec.process.cwd = '/etc/passwd'));
  expect(message).toMatch(/"\/etc\/passwd": not a directory .*\/process\/cwd\)$/);
});

test('cwd: descriptors of the runtime lead to no directory of the host', async () => {
  for (let descriptor = 0; descriptor < 20; descriptor++) {
    const bundle = await bundleFor('ls /proc/self/cwd/', (spec) => void (spec.process.cwd = `/proc/self/fd/${descriptor}`));
    const { status, stdout } = await runBundle(bundle);
    expect({ descriptor, status, stdout }).toEqual({ descriptor, status: 1, stdout: '' });
  }
});

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
  ['a line longer than any buffer', 7, "head -c 200000 /dev/zero | tr '\\0' x >passwd; printf '\\nb:x:7:7::/good:\\n' >>passwd", '/good'],
  ['a fifo', 0, 'rm passwd; mkfifo passwd', '/'],
  ['a directory', 0, 'rm passwd; mkdir passwd', '/'],
  ['a link that leads nowhere', 0, 'ln -sf /no/such passwd', '/'],
  ['a link to itself', 0, 'rm passwd; ln -s passwd passwd', '/'],
  ['a link to a file of the image', 7, "printf 'a:x:7:7::/linked:\\n' >../real; ln -sf ../../../../../real passwd", '/linked'],
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

const script = (path: string, mode = '755'): string => `printf '#!/bin/sh\\necho ${path}' >${path}; chmod ${mode} ${path};`;

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
  ['/etc', /^exec: "\/etc": is a directory/],
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

const CAPABILITIES = ['CAP_CHOWN', 'CAP_KILL', 'CAP_NET_RAW'];
const BITS = { CAP_CHOWN: 1n << 0n, CAP_KILL: 1n << 5n, CAP_NET_RAW: 1n << 13n } as const;
const ALL_BITS = Object.values(BITS).reduce((sum, bit) => sum | bit, 0n);

function capabilitySets(status: string): Record<string, bigint> {
  const names = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'];
  return Object.fromEntries(names.map((name) => [name, BigInt(`0x${field(status, name)}`)]));
}

test('capabilities: the five sets are as asked for, for root and for a user', async () => {
  for (const uid of [0, 1000]) {
    const status = await ask('', (spec) => {
      spec.process.user = { uid, gid: 0 };
      spec.process.noNewPrivileges = true;
      spec.process.args = ['cat', '/proc/self/status'];
      spec.process.capabilities = {
        bounding: CAPABILITIES, permitted: CAPABILITIES, inheritable: ['CAP_CHOWN', 'CAP_KILL'],
        effective: CAPABILITIES, ambient: ['CAP_KILL'],
      };
    });
    // execve(2): root's file capabilities are full, a user keeps what is ambient (capabilities(7)).
    const kept = uid === 0 ? ALL_BITS : BITS.CAP_KILL;
    expect(capabilitySets(status)).toEqual({
      CapInh: BITS.CAP_CHOWN | BITS.CAP_KILL, CapPrm: kept, CapEff: kept, CapBnd: ALL_BITS, CapAmb: BITS.CAP_KILL,
    });
  }
});

test('capabilities: none by default, and nothing is inheritable', async () => {
  const status = await ask('cat /proc/self/status', (spec) => {
    delete spec.process.capabilities;
  });
  expect(capabilitySets(status)).toEqual({ CapInh: 0n, CapPrm: 0n, CapEff: 0n, CapBnd: 0n, CapAmb: 0n });
});

test('capabilities: unknown and ungrantable ones are a warning', async () => {
  const bundle = await bundleFor('cat /proc/self/status', (spec) => {
    // CAP_SYS_RESOURCE is what this machine's root lacks; elsewhere it is simply given.
    const capabilities = ['CAP_KILL', 'CAP_NO_SUCH', 'CAP_SYS_RESOURCE'];
    spec.process.capabilities = { bounding: capabilities, permitted: capabilities, effective: capabilities };
  });
  const { status, stdout, stderr } = await runBundle(bundle);
  expect(status).toBe(0);
  expect(stderr).toMatch(/level=warning msg=".*CAP_NO_SUCH/);
  const own = BigInt(`0x${field(readFileSync('/proc/self/status', 'utf8'), 'CapBnd')}`);
  const resource = (1n << 24n) & own;
  expect(capabilitySets(stdout)['CapBnd']).toBe(BITS.CAP_KILL | resource);
});

test('rlimits: every one has the values asked for', async () => {
  const names: Readonly<Record<string, readonly [type: string, soft: number, hard: number]>> = {
    'Max cpu time': ['RLIMIT_CPU', 1000, 2000],
    'Max file size': ['RLIMIT_FSIZE', 2 ** 30, 2 ** 31],
    'Max data size': ['RLIMIT_DATA', 2 ** 32, 2 ** 33],
    'Max stack size': ['RLIMIT_STACK', 1 << 20, 1 << 24],
    'Max core file size': ['RLIMIT_CORE', 0, 0],
    'Max resident set': ['RLIMIT_RSS', 2 ** 33, 2 ** 34],
    'Max processes': ['RLIMIT_NPROC', 900, 1000],
    'Max open files': ['RLIMIT_NOFILE', 111, 222],
    'Max locked memory': ['RLIMIT_MEMLOCK', 4096, 8192],
    'Max address space': ['RLIMIT_AS', 2 ** 35, 2 ** 36],
    'Max file locks': ['RLIMIT_LOCKS', 10, 20],
    'Max pending signals': ['RLIMIT_SIGPENDING', 50, 60],
    'Max msgqueue size': ['RLIMIT_MSGQUEUE', 1000, 2000],
    'Max nice priority': ['RLIMIT_NICE', 0, 0],
    'Max realtime priority': ['RLIMIT_RTPRIO', 0, 0],
    'Max realtime timeout': ['RLIMIT_RTTIME', 100000, 200000],
  };
  const limits = await ask('cat /proc/$$/limits', (spec) => {
    spec.process.rlimits = Object.values(names).map(([type, soft, hard]) => ({ type, soft, hard })) as NonNullable<BundleSpec['process']['rlimits']>;
  });
  const seen = limits.split('\n').slice(1).map((line) => {
    const [name = '', soft = '', hard = ''] = line.split(/\s{2,}/);
    return [name, [names[name]?.[0], Number(soft), Number(hard)]];
  });
  expect(Object.fromEntries(seen)).toEqual(names);
});

test('rlimits: without RLIMIT_NOFILE it is that of the caller, whatever the engine makes of its own', async () => {
  const bundle = await bundleFor('ulimit -Sn; ulimit -Hn', (spec) => {
    delete spec.process.rlimits;
  });
  // The engine has changed its own by the time that it can look: the caller's is that of its parent.
  const prefix = ['sh', '-c', 'ulimit -Sn 123; ulimit -Hn 4567; "$@"; exit $?', 'sh'];
  const { stdout } = await runBundle(bundle, { prefix });
  expect(stdout).toBe('123\n4567\n');
});

test('rlimits: infinity and values up to it', async () => {
  const bundle = await bundleFor('grep core /proc/$$/limits', (spec) => {
    spec.process.rlimits = [{ type: 'RLIMIT_CORE', soft: 0, hard: 18446744073709551615 }];
  });
  const { status, stdout, stderr } = await runBundle(bundle, { prefix: ['prlimit', '--core=0:unlimited'] });
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(stdout.trim()).toMatch(/^Max core file size\s+0\s+unlimited/);
});

test('rlimits: one above what the caller may have is refused with the entry and the reason', async () => {
  const bundle = await bundleFor('true', (spec) => {
    spec.process.rlimits = [{ type: 'RLIMIT_CORE', soft: 0, hard: 0 }, { type: 'RLIMIT_NOFILE', soft: 10, hard: 1_000_000 }];
  });
  const prefix = ['setpriv', '--bounding-set', '-sys_resource', '--inh-caps', '-sys_resource', 'prlimit', '--nofile=100:100'];
  const { status, stderr } = await runBundle(bundle, { prefix });
  expect(status).toBe(1);
  expect(stderr).toMatch(/cannot set RLIMIT_NOFILE to 10:1000000: operation not permitted .*\/process\/rlimits\/1\)/);
});

test('noNewPrivileges, oomScoreAdj', async () => {
  const read = 'grep NoNewPrivs /proc/$$/status | cut -f 2; cat /proc/$$/oom_score_adj';
  expect(await ask(read, (spec) => {
    spec.process.noNewPrivileges = true;
    spec.process.oomScoreAdj = 444;
  })).toBe('1\n444');
  const prefix = ['sh', '-c', 'echo 77 >/proc/self/oom_score_adj; exec "$@"', 'sh'];
  expect(await ask(read, (spec) => void (spec.process.noNewPrivileges = false), { prefix })).toBe('0\n77');
});

test('oomScoreAdj: one that the caller may not have is refused', async () => {
  const bundle = await bundleFor('true', (spec) => void (spec.process.oomScoreAdj = -999));
  const prefix = ['setpriv', '--bounding-set', '-sys_resource', '--inh-caps', '-sys_resource'];
  const { status, stderr } = await runBundle(bundle, { prefix });
  expect(status).toBe(1);
  expect(stderr).toMatch(/cannot set the OOM score adjustment to -999: permission denied .*\/process\/oomScoreAdj\)/);
});

test('personality LINUX32 makes the machine one of 32 bits', async () => {
  // i686, except on kernels without support for it (user-mode Linux).
  const { stdout } = await runProgram(['sh', '-c', 'setarch linux32 uname -m 2>/dev/null || uname -m']);
  expect(await ask('uname -m; cat /proc/$$/personality', (spec) => {
    spec.linux.personality = { domain: 'LINUX32' };
  })).toBe(`${stdout.trim()}\n00000008`);
  expect(await ask('cat /proc/$$/personality', (spec) => {
    spec.linux.personality = { domain: 'LINUX' };
  }, { prefix: ['setarch', '--uname-2.6'] })).toBe('00000000');
});

test('signals: no disposition and no mask of the engine or the caller is left', async () => {
  const prefix = ['env', '--ignore-signal=PIPE,HUP,XFSZ', '--block-signal=USR1'];
  const status = await ask('', undefined, { args: ['cat', '/proc/self/status'], prefix });
  expect(['SigBlk', 'SigIgn', 'SigCgt', 'SigPnd'].map((name) => field(status, name))).toEqual(Array(4).fill('0'.repeat(16)));
});

test('descriptors: there are exactly 0, 1 and 2', async () => {
  const bundle = await bundleFor('exec sleep 1000');
  // As careless a caller as can be: descriptors to the host's directories that are not close-on-exec.
  const pid = await startedPid(bundle, { prefix: ['sh', '-c', 'exec 3</ 5</etc 9</tmp; exec "$@"', 'sh'] });
  const { stdout } = await runProgram(['ls', `/proc/${pid}/fd`]);
  expect(stdout.trim().split('\n')).toEqual(['0', '1', '2']);
});

test('descriptors: --preserve-fds hands on as many as it says', async () => {
  const prefix = ['sh', '-c', 'exec 3<"$0/one" 4<"$0/two" 5</etc 6</; exec "$@"'];
  const bundle = await bundleFor('cat <&3; cat <&4; ls /proc/$$/fd; true');
  writeFileSync(join(bundle.directory, 'one'), 'one\n');
  writeFileSync(join(bundle.directory, 'two'), 'two\n');
  const { stdout, stderr } = await runBundle(bundle, { prefix: [...prefix, bundle.directory], options: ['--preserve-fds', '2'] });
  expect(stderr).not.toMatch(/error/);
  expect(stdout).toBe('one\ntwo\n0\n1\n2\n3\n4\n');
});

// The engine opens an epoll descriptor at the lowest free number before nunc's first line runs.
test("descriptors: a gap among the preserved ones is not filled with one of the engine's", async () => {
  const bundle = await bundleFor('ls /proc/$$/fd; true');
  const prefix = ['sh', '-c', 'exec 4</dev/null; exec "$@"', 'sh'];
  const { status, stdout, stderr } = await runBundle(bundle, { prefix, options: ['--preserve-fds', '2'] });
  if (status === 0) expect(stdout).toBe('0\n1\n2\n4\n');
  else expect(stderr).toMatch(/descriptor 3/);
});

test('descriptors: a closed stdin does not hinder the container, nor become something of the runtime\'s', async () => {
  const bundle = await bundleFor('exec sleep 1000');
  const pid = await startedPid(bundle, { prefix: ['sh', '-c', 'exec 0<&-; exec "$@"', 'sh'] });
  const { stdout } = await runProgram(['sh', '-c', `readlink /proc/${pid}/fd/0 || echo closed; ls /proc/${pid}/fd | tr '\\n' ' '`]);
  expect(stdout).toMatch(/^(closed|\/dev\/null)\n(0 )?1 2 $/);
});

test('stdio: belongs to the container\'s user, who can open /dev/stdout anew', async () => {
  const bundle = await bundleFor('echo once; echo again >/dev/stdout; exec sleep 1000', (spec) => {
    spec.process.user = { uid: 1000, gid: 1000 };
  });
  const output = join(bundle.directory, 'output');
  await startedPid(bundle);
  const descriptor = openSync(output, 'r');
  expect(fstatSync(descriptor).uid).toBe(1000);
  closeSync(descriptor);
});

test('stdio: /dev/null stays root\'s', async () => {
  const before = fstatSync(openSync('/dev/null', 'r')).uid;
  const bundle = await bundleFor('true', (spec) => {
    spec.process.user = { uid: 1000, gid: 1000 };
  });
  await runBundle(bundle, { prefix: ['sh', '-c', 'exec "$@" </dev/null >/dev/null 2>/dev/null', 'sh'] });
  const descriptor = openSync('/dev/null', 'r');
  expect(fstatSync(descriptor).uid).toBe(before);
  closeSync(descriptor);
});

test('stdin is passed through to its end', async () => {
  const input = 'x'.repeat(1 << 20);
  expect(await ask('wc -c', undefined, { input })).toBe(String(1 << 20));
});

test('the process leads a session and a process group of its own, without a terminal', async () => {
  const pid = await startedPid(await bundleFor('exec sleep 1000'));
  const stat = proc(pid, 'stat');
  const [, , group, session, terminal] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  expect([group, session, terminal]).toEqual([String(pid), String(pid), '0']);
});

test('a config is frozen at create: what is edited afterwards has no effect', async () => {
  const bundle = await bundleFor('echo as created');
  await runBundle(bundle, { command: ['create', '--bundle', bundle.directory], output: join(bundle.directory, 'output') });
  rmSync(join(bundle.directory, 'config.json'));
  mkdirSync(join(bundle.directory, 'config.json'));
  expect(await runBundle(bundle, { command: ['start'] })).toMatchObject({ status: 0 });
});
