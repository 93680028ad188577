// process of config.json: user, working directory, capabilities, limits, personality, signals, asked of the process
// itself and of the kernel.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ask, bundleFor, refusal, runBundle } from '../support/ask.ts';
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
      await runProgram(['sh', '-c', `cd ${rootfs}; mkdir work; chown ${owner} work; chmod ${mode} work`]);
    },
  });
  expect(await enter('700', '0:0', 1000)).toBe('/work');
  expect(await enter('700', '1000:1000', 1000)).toBe('/work');
});

test('cwd: a file is no working directory', async () => {
  const message = await refusal((spec) => void (spec.process.cwd = '/etc/passwd'));
  expect(message).toMatch(/"\/etc\/passwd": not a directory .*\/process\/cwd\); "\/etc\/passwd" is a file$/);
});

test('cwd: descriptors of the runtime lead to no directory of the host', async () => {
  for (let descriptor = 0; descriptor < 20; descriptor++) {
    const bundle = await bundleFor('ls /proc/self/cwd/', (spec) => {
      spec.process.cwd = `/proc/self/fd/${descriptor}`;
    });
    const { status, stdout } = await runBundle(bundle);
    expect({ descriptor, status, stdout }).toEqual({ descriptor, status: 1, stdout: '' });
  }
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

test('capabilities: what the kernel would refuse is left out of a set, with a warning; the rest is given', async () => {
  const bundle = await bundleFor('', (spec) => {
    spec.process.args = ['cat', '/proc/self/status'];
    spec.process.user = { uid: 1000, gid: 1000 };
    spec.process.capabilities = {
      bounding: ['CAP_CHOWN', 'CAP_KILL', 'CAP_KILL'],
      permitted: ['CAP_CHOWN', 'CAP_KILL', 'CAP_NET_RAW'],
      // Not permitted; not in the bounding set; not inheritable.
      effective: ['CAP_FOWNER', 'CAP_CHOWN'],
      inheritable: ['CAP_SETUID', 'CAP_CHOWN'],
      ambient: ['CAP_CHOWN', 'CAP_KILL', 'cap_chown'],
    };
  });
  const { status, stdout, stderr } = await runBundle(bundle);
  expect(status).toBe(0);
  expect(capabilitySets(stdout)).toEqual({
    CapInh: BITS.CAP_CHOWN, CapPrm: BITS.CAP_CHOWN, CapEff: BITS.CAP_CHOWN, CapBnd: BITS.CAP_CHOWN | BITS.CAP_KILL,
    CapAmb: BITS.CAP_CHOWN,
  });
  expect(stderr).toContain('/process/capabilities/ambient/2: \\"cap_chown\\" is not a known capability, ignored');
  expect(stderr).toContain('/process/capabilities: cannot give all that is asked for: '
    + '\\"cap_chown\\", CAP_FOWNER, CAP_SETUID, CAP_KILL');
});

type Limit = NonNullable<BundleSpec['process']['rlimits']>[number];

test('rlimits: every one has the values asked for', async () => {
  const names: Readonly<Record<string, readonly [type: Limit['type'], soft: number, hard: number]>> = {
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
    spec.process.rlimits = Object.values(names).map(([type, soft, hard]) => ({ type, soft, hard }));
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

test('rlimits: values beyond what a double holds are set to the last digit', async () => {
  const bundle = await bundleFor('grep core /proc/$$/limits');
  const path = join(bundle.directory, 'config.json');
  const change = (soft: string, hard: string): Promise<string> => {
    const spec = structuredClone(bundle.spec);
    spec.process.rlimits = [{ type: 'RLIMIT_CORE', soft: 111, hard: 222 }];
    const text = JSON.stringify(spec).replace('"soft":111', `"soft":${soft}`).replace('"hard":222', `"hard":${hard}`);
    writeFileSync(path, text);
    return runBundle(bundle, { prefix: ['prlimit', '--core=0:unlimited'] }).then(({ stdout }) => stdout);
  };
  for (const [soft, hard] of [
    ['9007199254740993', '9223372036854775807'], ['18446744073709551613', '18446744073709551614'],
  ] as const) expect(await change(soft, hard)).toMatch(new RegExp(`\\s${soft}\\s+${hard}\\s`));
  expect(await change('1', '18446744073709551615')).toMatch(/\s1\s+unlimited\s/);
});

/** Root as on this kind of machine, on others. */
const UNPRIVILEGED = ['setpriv', '--bounding-set', '-sys_resource', '--inh-caps', '-sys_resource'];

test('rlimits: one above what the caller may have is refused with the entry and the reason', async () => {
  const bundle = await bundleFor('true', (spec) => {
    spec.process.rlimits = [
      { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
      { type: 'RLIMIT_NOFILE', soft: 10, hard: 1_000_000 },
    ];
  });
  const prefix = [...UNPRIVILEGED, 'prlimit', '--nofile=100:100'];
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
  const prefix = UNPRIVILEGED;
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
  const masks = ['SigBlk', 'SigIgn', 'SigCgt', 'SigPnd'].map((name) => field(status, name));
  expect(new Set(masks)).toEqual(new Set(['0'.repeat(16)]));
});

test('a config is frozen at create: what is edited afterwards has no effect', async () => {
  const bundle = await bundleFor('echo as created');
  const output = join(bundle.directory, 'output');
  await runBundle(bundle, { command: ['create', '--bundle', bundle.directory], output });
  rmSync(join(bundle.directory, 'config.json'));
  mkdirSync(join(bundle.directory, 'config.json'));
  expect(await runBundle(bundle, { command: ['start'] })).toMatchObject({ status: 0 });
});
