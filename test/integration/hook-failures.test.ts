// Hooks that fail, hang, talk too much or do not listen: what is told, and what is left.

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { bundleFor, runBundle } from '../support/ask.ts';
import type { Bundle } from '../support/bundle.ts';
import { type Hook, type HookName, namesOf, openLog, recorder, script } from '../support/hooks.ts';
import {
  createBundle, endProcess, eventually, messageOf, outputOf, refusal, refusalOf, startBundle, succeed, watchHost,
} from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runtime, startRuntime, stateRoot } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox');
const nuncTest = requires('root', 'cgroups', 'busybox', 'nunc');

const CREATE_HOOKS = ['prestart', 'createRuntime', 'createContainer'] as const;

/** A bundle with one hook between two recorders, and one that records poststop. */
function bundleWith(name: HookName, hook: Hook, program = 'sleep 1000'): Promise<Bundle> {
  return bundleFor(program, (spec, bundle) => {
    openLog(bundle);
    const after = name === 'poststop' ? [] : [recorder(bundle, 'poststop')];
    spec.hooks = { poststop: after, [name]: [recorder(bundle, name), hook, recorder(bundle, `${name} after`)] };
  });
}

/** The command that runs hooks of that name, and fails; its container is then gone. */
async function failingCommand(name: HookName, bundle: Bundle): Promise<string> {
  const create = ['create', '--bundle', bundle.directory, bundle.id];
  if (name === 'startContainer' || name === 'poststart') {
    await createBundle(bundle);
    return refusal(['start', bundle.id]);
  }
  return refusal(create);
}

/** A failing hook, and how its failure is worded by nunc. */
const failures: readonly { what: string; hook: Hook; message: (name: HookName) => string | RegExp }[] = [
  {
    what: 'ends with a status',
    hook: script('echo said; echo complained >&2; echo twice >&2; exit 3'),
    message: (name) => `cannot run hook #1 of /hooks/${name} ("/bin/sh"): error running hook: exit status 3, `
      + 'stdout: said, stderr: complained\\ntwice',
  },
  {
    what: 'is killed',
    hook: script('kill -TERM $$'),
    message: (name) => `cannot run hook #1 of /hooks/${name} ("/bin/sh"): error running hook: killed by signal 15, `
      + 'stdout: , stderr: ',
  },
  {
    what: 'does not exist',
    hook: { path: '/no/such/hook' },
    message: (name) => new RegExp(`^cannot run hook #1 of /hooks/${name} \\("/no/such/hook"\\): `
      + '.*no such file or directory'),
  },
  {
    what: 'may not be executed',
    hook: { path: '/etc/passwd' },
    message: (name) => new RegExp(`^cannot run hook #1 of /hooks/${name} \\("/etc/passwd"\\): .*permission denied`),
  },
  {
    what: 'takes too long',
    hook: script('echo begun; (trap "" TERM; sleep 1000) & sleep 1000', { timeout: 1 }),
    message: (name) => `cannot run hook #1 of /hooks/${name} ("/bin/sh"): `
      + 'hook ran past specified timeout of 1.0s, stdout: begun, stderr: ',
  },
];

describe('a failing hook ends the container, with poststop: one that', () => {
  for (const { what, hook, message } of failures) {
    for (const name of [...CREATE_HOOKS, 'startContainer', 'poststart'] as const) {
      nuncTest(`${what}, of ${name}`, async () => {
        const bundle = await bundleWith(name, hook);
        const watch = watchHost(bundle);
        const expected = message(name);
        const told = await failingCommand(name, bundle);
        if (typeof expected === 'string') expect(told).toBe(expected);
        else expect(told).toMatch(expected);
        expect(namesOf(bundle)).toEqual([name, 'poststop']);
        expect(await refusal(['state', bundle.id])).toContain('does not exist');
        await watch.nothingLeft();
      });
    }
  }
});

describe('a failing hook', () => {
  for (const name of CREATE_HOOKS) {
    test(`of ${name} fails the create, and leaves nothing`, async () => {
      const bundle = await bundleWith(name, script('echo told >&2; exit 3'));
      const watch = watchHost(bundle);
      expect(await failingCommand(name, bundle)).toMatch(/error running hook: exit status 3, stdout: , stderr: told/);
      expect(namesOf(bundle)).toEqual([name, 'poststop']);
      await watch.nothingLeft();
    });
  }

  // runc 1.1 stops at the first that fails, with an error: runtime.md, "Lifecycle", step 13, wants a warning, "but the
  // remaining hooks and lifecycle continue as if the hook had succeeded".
  nuncTest('of poststop is warned of, and the others run', async () => {
    const bundle = await bundleWith('poststop', script('echo told >&2; exit 3'));
    const watch = watchHost(bundle);
    await createBundle(bundle);
    const { status, stderr } = await runtime(['delete', '--force', bundle.id]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/level=warning msg=".*error running hook.*exit status 3, stdout: , stderr: told/);
    expect(namesOf(bundle)).toEqual(['poststop', 'poststop after']);
    await watch.nothingLeft();
  });

  for (const name of ['createRuntime', 'createContainer', 'startContainer', 'poststart'] as const) {
    nuncTest(`of ${name} fails run and run --detach, and leaves nothing`, async () => {
      const bundle = await bundleWith(name, script('exit 3'));
      const watch = watchHost(bundle);
      expect(refusalOf(await runBundle(bundle))).toContain('error running hook: exit status 3');
      const command = ['run', '--detach', '--bundle', bundle.directory];
      const { status } = await runBundle(bundle, { command, output: outputOf(bundle) });
      expect(status).toBe(1);
      expect(messageOf(readFileSync(outputOf(bundle), 'utf8'))).toContain('error running hook: exit status 3');
      expect(namesOf(bundle)).toEqual([name, 'poststop', name, 'poststop']);
      await watch.nothingLeft();
    });
  }

  nuncTest('before a create that fails later makes poststop run, too', async () => {
    const bundle = await bundleFor('true', (spec, made) => {
      openLog(made);
      spec.process.args = ['/no/such/program'];
      spec.hooks = { createRuntime: [recorder(made, 'createRuntime')], poststop: [recorder(made, 'poststop')] };
    });
    expect(await refusal(['create', '--bundle', bundle.directory, bundle.id])).toContain('/no/such/program');
    expect(namesOf(bundle)).toEqual(['createRuntime', 'poststop']);
  });

  nuncTest('leaves a program that can\'t be executed to delete, which runs poststop', async () => {
    const bundle = await bundleFor('true', (spec, made) => {
      openLog(made);
      spec.process.args = ['/bin/bad'];
      writeFileSync(join(made.rootfs, 'bin/bad'), 'not a program');
      chmodSync(join(made.rootfs, 'bin/bad'), 0o755);
      spec.hooks = { poststart: [recorder(made, 'poststart')], poststop: [recorder(made, 'poststop')] };
    });
    await createBundle(bundle);
    expect(await refusal(['start', bundle.id])).toContain('exec format error');
    expect(namesOf(bundle)).toEqual([]);
    await succeed(['delete', bundle.id]);
    expect(namesOf(bundle)).toEqual(['poststop']);
  });
});

describe('a hook', () => {
  test('need not read its input, however long', async () => {
    const bundle = await bundleFor('echo ran', (spec) => {
      spec.annotations = { long: 'x'.repeat(300_000) };
      spec.hooks = { createRuntime: [script('true')], createContainer: [script('exec 0<&-; sleep 0.1')] };
    });
    expect(await runBundle(bundle)).toMatchObject({ status: 0, stdout: 'ran\n', stderr: '' });
  });

  test('gets all of a long input', async () => {
    const bundle = await bundleFor('cat /size', (spec, { rootfs }) => {
      spec.annotations = { long: 'x'.repeat(300_000) };
      spec.hooks = { createRuntime: [script(`sleep 0.1; tr -dc x | wc -c >${rootfs}/size`)] };
    });
    const { status, stdout } = await runBundle(bundle);
    expect({ status, enough: Number(stdout) >= 300_000 }).toEqual({ status: 0, enough: true });
  });

  test('may write a megabyte to either output', async () => {
    const bundle = await bundleFor('echo ran', (spec) => {
      const write = script('head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2');
      spec.hooks = { createRuntime: [write], startContainer: [write] };
    });
    expect(await runBundle(bundle)).toMatchObject({ status: 0, stdout: 'ran\n', stderr: '' });
  });

  nuncTest('has the end of what it wrote told, on one line', async () => {
    const bundle = await bundleFor('true', (spec) => {
      const write = 'seq 1 100000; printf "\\033[31mthe end\\n"';
      spec.hooks = { createRuntime: [script(`${write}; { ${write}; } >&2; exit 1`)] };
    });
    const result = await runBundle(bundle);
    const message = refusalOf(result);
    expect(message).toMatch(/^cannot run hook #0 .*exit status 1, stdout: ….*\\n100000\\n\\x1b\[31mthe end, stderr: …/);
    expect(message.endsWith('\\n100000\\n\\x1b[31mthe end')).toBe(true);
    expect(message.length).toBeLessThan(15_000);
    expect(result.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  nuncTest('may leave a process behind that keeps its outputs open', async () => {
    const bundle = await bundleFor('echo ran', (spec, { directory }) => {
      spec.hooks = { createRuntime: [script(`sleep 1000 & echo $! >${directory}/left`)] };
    });
    expect(await runBundle(bundle)).toMatchObject({ status: 0, stdout: 'ran\n' });
    const left = Number(readFileSync(join(bundle.directory, 'left'), 'utf8'));
    onTestFinished(() => endProcess(left));
    // It may not have come to its execve yet.
    await eventually(() => readFileSync(`/proc/${left}/cmdline`, 'utf8'), (line) => line === 'sleep\x001000\0');
  });

  nuncTest('that fails takes the processes with it that it has started', async () => {
    const bundle = await bundleFor('true', (spec) => {
      spec.hooks = { createRuntime: [script('sleep 1000 & exit 1')] };
    });
    const watch = watchHost(bundle);
    expect(refusalOf(await runBundle(bundle))).toContain('exit status 1');
    await watch.nothingLeft();
  });

  nuncTest('is waited for, status and all, where orphans are reaped', async () => {
    const bundle = await bundleFor('sleep 0.1', (spec) => {
      const orphans = 'for i in 1 2 3 4 5; do (sleep 0.0$i &); done';
      spec.hooks = {
        createRuntime: [script(orphans)], startContainer: [script(orphans)],
        poststart: [script(`${orphans}; sleep 0.2`)],
        poststop: [script(`${orphans}; sleep 0.1; exit 9`)],
      };
    });
    const { status, stderr } = await runBundle(bundle);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^time="[^"]+" level=warning msg="cannot run hook #0 of .*exit status 9.*\n$/);
  });
});

describe('a runtime that is killed while a hook runs', () => {
  for (const name of ['createRuntime', 'createContainer', 'startContainer'] as const) {
    nuncTest(`leaves a container that can be deleted: ${name}`, async () => {
      const bundle = await bundleFor('sleep 1000', (spec, made) => {
        const begun = name === 'startContainer' ? '/begun' : join(made.rootfs, 'begun');
        openLog(made);
        const hook = script(`echo begun >${begun}; exec sleep 1000`);
        spec.hooks = { [name]: [hook], poststop: [recorder(made, 'poststop')] };
      });
      const watch = watchHost(bundle);
      if (name === 'startContainer') await createBundle(bundle);
      const command = name === 'startContainer' ? ['start'] : ['create', '--bundle', bundle.directory];
      const { child, ended } = startRuntime([...command, bundle.id], { root: stateRoot(), output: outputOf(bundle) });
      await eventually(() => existsSync(join(bundle.rootfs, 'begun')), (begun) => begun);
      const hook = await eventually(() => sleepOf(child.pid ?? 0), (found) => found > 0);
      onTestFinished(() => endProcess(hook));
      child.kill('SIGKILL');
      await ended;
      // On the host a hook goes on, as with runc and crun; in the container it ends with whom it works for.
      if (name === 'createRuntime') endProcess(hook);
      await eventually(() => existsSync(`/proc/${hook}/exe`), (alive) => !alive);
      await succeed(['delete', '--force', bundle.id]);
      expect(namesOf(bundle)).toEqual(['poststop']);
      // Orphans keep their keyring until the host's process 1 has waited for them, which may take it seconds.
      await eventually(() => readFileSync('/proc/keys', 'utf8').includes(bundle.id), (kept) => !kept, 20_000);
      await watch.nothingLeft();
    });
  }
});

/** The child of a process that runs `sleep`; 0 while none does. */
function sleepOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  return children.find((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').startsWith('sleep')) ?? 0;
}

nuncTest('a container that was started stays when a later start is refused', async () => {
  const bundle = await bundleFor('sleep 1000', (spec, made) => {
    openLog(made);
    spec.hooks = { startContainer: [recorder(made, 'startContainer')], poststart: [recorder(made, 'poststart')] };
  });
  await startBundle(bundle);
  expect(await refusal(['start', bundle.id])).toBe('cannot start an already running container');
  expect(namesOf(bundle)).toEqual(['startContainer', 'poststart']);
});
