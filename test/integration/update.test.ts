// update: every option and its file in the kernel, JSON, what is refused and what is changed back. The same by runc.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test as plainTest } from 'vitest';
import { cgroupfs } from '../../src/cgroup/cgroupfs.ts';
import { placeOf } from '../../src/container/store.ts';
import { updateContainer } from '../../src/container/update.ts';
import { probeHost } from '../../src/host/probe.ts';
import { type Bundle, makeBundle, writeConfig } from '../support/bundle.ts';
import { kernel } from '../support/library.ts';
import {
  createBundle, messageOf, refusal, startBundle, stateOf, succeed, untilStatus,
} from '../support/lifecycle.ts';
import { missing, requires } from '../support/requires.ts';
import { makeResctrl } from '../support/resctrl.ts';
import { isSystemdManaged, runProgram, runtime, stateRoot } from '../support/runtime.ts';
import { MIB, updateCases } from '../support/update-cases.ts';

const test = requires('root', 'cgroups', 'busybox');
const nuncTest = requires('root', 'cgroups', 'busybox', 'nunc');
const facts = probeHost();
const isV2 = facts.cgroupMode === 'v2';

/** The files of this host's cgroups, by name, with the mountpoint. */
function findFiles(): Map<string, string> {
  const files = new Map<string, string>();
  if (missing(['root', 'cgroups']).length > 0) return files;
  const driver = cgroupfs(kernel());
  const cgroupsPath = `/nunc-test-${process.pid}/probe`;
  const created = driver.createCgroups(driver.resolvePlacement(facts, { cgroupsPath, id: 'probe' }));
  const names = updateCases.flatMap(({ v1 = [], v2 = [] }) => [...v1, ...v2]).map(({ file }) => file);
  for (const { path, mountpoint } of created.cgroups) {
    for (const file of names) if (existsSync(join(path, file))) files.set(file, mountpoint);
  }
  driver.removeCgroups(created);
  return files;
}

const files = findFiles();

function valueOf({ spec }: Bundle, file: string): string {
  return readFileSync(`${files.get(file)}${spec.linux.cgroupsPath}/${file}`, 'utf8').trim();
}

async function started(): Promise<Bundle> {
  const bundle = makeBundle({ args: ['sleep', '1000'] });
  await startBundle(bundle);
  return bundle;
}

describe('update', () => {
  for (const { steps, runcDiffers, ...expected } of updateCases) {
    const name = steps.map((options) => options.join(' ')).join(', then ');
    const wanted = isV2 ? expected.v2 : expected.v1;
    const lacking = wanted?.find(({ file }) => !files.has(file));
    if (wanted === undefined || lacking !== undefined) {
      plainTest.skip(`${name} (skipped: no ${lacking?.file ?? 'such limit'} here)`, () => undefined);
      continue;
    }
    if (isSystemdManaged && name.includes('--cpu-rt')) {
      plainTest.skip(`${name} (skipped: systemd's slices have no realtime to give)`, () => undefined);
      continue;
    }
    const suits = runcDiffers === true ? nuncTest : test;
    suits(name, async () => {
      const bundle = await started();
      const before = wanted.map(({ file }) => valueOf(bundle, file));
      for (const options of steps) expect(await succeed(['update', ...options, bundle.id])).toBe('');
      const after = wanted.map(({ file }) => ({ file, value: valueOf(bundle, file) }));
      expect(after).toEqual(wanted);
      // Not what it is without any update, unless that is what the last one asks for.
      if (steps.length === 1 && !name.includes('cpuset')) expect(after.map(({ value }) => value)).not.toEqual(before);
    });
  }

  test('of nothing changes nothing', async () => {
    const bundle = await started();
    expect(await succeed(['update', bundle.id])).toBe('');
    expect(await succeed(['update', '--memory', '0', '--cpu-quota', '0', '--blkio-weight', '0', bundle.id])).toBe('');
    for (const text of ['{}', '{"memory":{}}', '{"cpu":{"shares":0,"quota":0,"period":0}}']) {
      expect(await succeed(['update', '-r', '-', bundle.id], { input: text })).toBe('');
    }
  });

  test('takes a created and a paused container', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    await createBundle(bundle);
    await succeed(['update', '--pids-limit', '77', bundle.id]);
    expect(valueOf(bundle, 'pids.max')).toBe('77');
    await succeed(['pause', bundle.id]);
    await succeed(['update', '--pids-limit', '78', bundle.id]);
    expect(valueOf(bundle, 'pids.max')).toBe('78');
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'paused' });
    await succeed(['resume', bundle.id]);
  });

  test('ignores limits of kernel memory, with a warning', async () => {
    const bundle = await started();
    for (const option of ['--kernel-memory', '--kernel-memory-tcp']) {
      const { status, stderr } = await runtime(['update', option, '1m', bundle.id]);
      expect(status).toBe(0);
      expect(stderr).toMatch(/level=warning msg="[Kk]ernel memory settings are ignored/);
    }
  });

  nuncTest('of a hook of create is no deadlock', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    const program = process.env['RUNTIME'] ?? join(import.meta.dirname, '../../dist/nunc');
    const args = ['nunc', '--root', stateRoot(), 'update', '--pids-limit', '66', bundle.id];
    bundle.spec.hooks = { createRuntime: [{ path: program, args, timeout: 20 }] };
    writeConfig(bundle);
    await createBundle(bundle);
    expect(valueOf(bundle, 'pids.max')).toBe('66');
  });
});

describe('update --resources', () => {
  test('takes a file, and then no other options', async () => {
    const bundle = await started();
    await succeed(['update', '--pids-limit', '50', bundle.id]);
    const file = join(bundle.directory, 'resources.json');
    writeFileSync(file, JSON.stringify({ memory: { limit: 64 * MIB }, pids: { limit: 51 } }));
    await succeed(['update', '--resources', file, '--memory', '32m', bundle.id]);
    expect(valueOf(bundle, isV2 ? 'memory.max' : 'memory.limit_in_bytes')).toBe(String(64 * MIB));
    expect(valueOf(bundle, 'pids.max')).toBe('51');
  });

  test('takes standard input, in pieces', async () => {
    const bundle = await started();
    const script = '{ printf "{\\"pids\\":"; sleep 0.3; printf "{\\"limit\\":52}}"; } | "$@"';
    const program = process.env['RUNTIME'] ?? join(import.meta.dirname, '../../dist/nunc');
    const argv = [program, '--root', stateRoot(), 'update', '-r', '-', bundle.id];
    expect(await runProgram(['sh', '-c', script, 'sh', ...argv])).toMatchObject({ status: 0, stderr: '' });
    expect(valueOf(bundle, 'pids.max')).toBe('52');
  });

  nuncTest('takes null for what is absent, also for everything', async () => {
    const bundle = await started();
    const text = '{"memory":null,"cpu":null,"pids":{"limit":53},"devices":null,"unified":null}';
    await succeed(['update', '-r', '-', bundle.id], { input: text });
    expect(valueOf(bundle, 'pids.max')).toBe('53');
    await succeed(['update', '-r', '-', bundle.id], { input: 'null' });
  });

  const garbage: readonly (readonly [string | Uint8Array, RegExp])[] = [
    ['', /^resources: line 1, column 1: the end of the file where a value is expected$/],
    ['{', /^resources: line 1, column 2: the end of the file/],
    ['[]', /^resources: an array is not an object$/],
    ['{} trailing', /^resources: line 1, column 4: "trailing" where the end is expected$/],
    ['{"memory":{"limit":"64m"}}', /^resources: \/memory\/limit: "64m" is not an integer$/],
    ['{"memory":{"limit":1.5}}', /^resources: \/memory\/limit: 1.5 is not an integer$/],
    ['{"pids":[]}', /^resources: \/pids: an array is not an object$/],
    ['{"cpu":{"shares":-1}}', /^resources: \/cpu\/shares: -1 is less than 0$/],
    ['{"cpu":{"quota":1000,"burst":2000}}', /^resources: \/cpu\/burst: 2000 is more than the quota 1000$/],
    ['{"unified":{"../x.y":"1"}}', /^resources: \/unified\/..~1x.y: "..\/x.y" is not the name of a file/],
    ['{"unified":{"memory.high":"1\\u0000"}}', /^resources: \/unified\/memory.high: .* has a NUL byte$/],
    [Uint8Array.of(0x7b, 0xff, 0x7d), /^resources: byte 1 is not UTF-8$/],
    [`{"x":"${'x'.repeat(16 * MIB)}"}`, /^cannot read standard input: it has more than 16777216 bytes$/],
  ];
  for (const [input, message] of garbage) {
    const shown = JSON.stringify(typeof input === 'string' ? input : [...input]).slice(0, 40);
    nuncTest(`refuses ${shown} in one line`, async () => {
      const bundle = await started();
      const { status, stderr } = await runtime(['update', '-r', '-', bundle.id], { input });
      expect(status).toBe(1);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(messageOf(stderr)).toMatch(message);
    });
  }

  nuncTest('tells of a file that is not there', async () => {
    const bundle = await started();
    expect(await refusal(['update', '-r', '/nonexistent', bundle.id]))
      .toBe('cannot read "/nonexistent": no such file or directory');
    expect(await refusal(['update', '-r', '/', bundle.id])).toMatch(/^cannot read "\/": .*directory/);
  });
});

describe('update is refused', () => {
  const WRONG: readonly (readonly [readonly string[], RegExp])[] = [
    [['--memory', 'foo'], /^invalid value for memory: invalid size: /],
    [['--memory', '-2'], /^invalid value for memory: invalid size: /],
    [['--memory-swap', '1x'], /^invalid value for memory-swap: invalid s/],
    [['--memory-reservation', '1 m b'], /^invalid value for memory-reservation: /],
    [['--kernel-memory', 'x'], /^invalid value for kernel-memory: invalid size: /],
    [['--cpu-period', 'abc'], /^invalid value for cpu-period: /],
    [['--cpu-period', '-1'], /^invalid value for cpu-period: /],
    [['--cpu-period', '0x10'], /^invalid value for cpu-period: /],
    [['--cpu-period', '99999999999999999999'], /^invalid value for cpu-period: .* out of range$/],
    [['--cpu-share', '1e3'], /^invalid value for cpu-share: /],
    [['--cpu-quota', '1.5'], /^invalid value for cpu-quota: /],
    [['--cpu-rt-runtime', 'x'], /^invalid value for cpu-rt-runtime: /],
    [['--cpu-rt-period', 'x'], /^invalid value for cpu-rt-period: /],
    [['--blkio-weight', 'x'], /^invalid value "x" for flag -blkio-weight: parse error$/],
    [['--pids-limit', 'x'], /^invalid value "x" for flag -pids-limit: parse error$/],
    [['--nosuch', 'x'], /^flag provided but not defined: -nosuch$/],
    [['extra'], /^(nunc|runc): "update" requires exactly 1 argument/],
  ];
  for (const [options, message] of WRONG) {
    test(`with ${options.join(' ')}`, async () => {
      const bundle = await started();
      expect(await refusal(['update', ...options, bundle.id])).toMatch(message);
    });
  }

  test('for a container that does not exist, whatever is asked for', async () => {
    for (const options of [[], ['--memory', '64m'], ['--memory', 'foo'], ['-r', '/nonexistent']]) {
      expect(await refusal(['update', ...options, 'nobody'])).toContain('container does not exist');
    }
  });

  test('for a container that has stopped', async () => {
    const bundle = makeBundle({ args: ['true'] });
    await startBundle(bundle);
    await untilStatus(bundle.id, 'stopped');
    expect(await refusal(['update', '--memory', '64m', bundle.id])).toBe('container not running');
  });
});

describe('update that fails in part', () => {
  nuncTest('changes back what it has changed, and says which part', async () => {
    const bundle = await started();
    await succeed(['update', '--pids-limit', '60', '--memory', '128m', bundle.id]);
    const memory = isV2 ? 'memory.max' : 'memory.limit_in_bytes';
    const options = ['--memory', '64m', '--pids-limit', '61', '--cpu-quota', '1'];
    expect(await refusal(['update', ...options, bundle.id])).toContain('cannot set /linux/resources/cpu/quota');
    expect([valueOf(bundle, memory), valueOf(bundle, 'pids.max')]).toEqual([String(128 * MIB), '60']);
  });

  nuncTest('of what these cgroups do not have changes nothing', async () => {
    const bundle = await started();
    const other = isV2 ? '"memory":{"kernel":1048576}' : '"rdma":{"mlx":{"hcaHandles":1}}';
    const text = `{"pids":{"limit":62},${other}}`;
    const before = valueOf(bundle, 'pids.max');
    const pointer = isV2 ? '/memory/kernel' : '/rdma/mlx';
    const { stderr, status } = await runtime(['update', '-r', '-', bundle.id], { input: text });
    expect({ status, message: messageOf(stderr) })
      .toMatchObject({ status: 1, message: expect.stringContaining(`resources: ${pointer}`) as string });
    expect(valueOf(bundle, 'pids.max')).toBe(before);
  });
});

describe('update of a resctrl group', () => {
  nuncTest('is refused where no such file system is mounted', async () => {
    if (existsSync('/sys/fs/resctrl/schemata')) return;
    const bundle = await started();
    for (const option of ['--l3-cache-schema', '--mem-bw-schema']) {
      const message = await refusal(['update', option, 'L3:0=f', bundle.id]);
      expect(message).toContain('cannot use resctrl: no such file system');
    }
  });

  nuncTest('writes to the group that the config names, or that has the name of the container', async () => {
    const resctrl = makeResctrl();
    for (const closID of [undefined, 'gold']) {
      const bundle = await started();
      const name = closID ?? bundle.id;
      resctrl.makeGroup(name, '');
      const place = placeOf(stateRoot(), bundle.id);
      const change = (): Promise<void> => updateContainer(kernel(), {
        place,
        resources: () => ({ resources: {}, exact: new Map() }),
        schemata: ['L3:0=f', 'MB:0=50'],
        loadDriver: () => cgroupfs(kernel()),
        resctrl,
      });
      await expect(change()).rejects.toThrow('the container has no resctrl group');
      const config = JSON.parse(readFileSync(join(place.directory, 'config.json'), 'utf8')) as { linux: object };
      config.linux = { ...config.linux, intelRdt: closID === undefined ? {} : { closID } };
      writeFileSync(join(place.directory, 'config.json'), JSON.stringify(config));
      await change();
      expect(resctrl.read(`${name}/schemata`)).toBe('L3:0=f\nMB:0=50\n');
    }
  });
});

