// create: its pid file, what it finds out about the program, and that a failure leaves nothing.

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Bundle, makeBundle } from '../support/bundle.ts';
import { createBundle, outputOf, refusal, stateOf, succeed, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runtime } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox');
const nuncTest = requires('root', 'cgroups', 'busybox', 'nunc');

function refuseCreate(bundle: Bundle, options: readonly string[] = []): Promise<string> {
  return refusal(['create', '--bundle', bundle.directory, ...options, bundle.id]);
}

describe('create --pid-file', () => {
  test('writes the decimal pid without a newline', async () => {
    const bundle = makeBundle();
    const pidFile = join(bundle.directory, 'pid');
    await createBundle(bundle, ['--pid-file', pidFile]);
    const { pid } = await stateOf(bundle.id);
    expect(readFileSync(pidFile, 'utf8')).toBe(String(pid));
  });

  test('replaces what was there and leaves no other file beside it', async () => {
    const bundle = makeBundle();
    const directory = join(bundle.directory, 'pids');
    mkdirSync(directory);
    writeFileSync(join(directory, 'pid'), '1234567 and more');
    await createBundle(bundle, ['--pid-file', join(directory, 'pid')]);
    expect(readFileSync(join(directory, 'pid'), 'utf8')).toMatch(/^[1-9]\d*$/);
    expect(readdirSync(directory)).toEqual(['pid']);
  });

  test('takes a path relative to the working directory', async () => {
    const bundle = makeBundle();
    const options = { cwd: bundle.directory, output: outputOf(bundle) };
    expect(await runtime(['create', '--pid-file', 'pid', bundle.id], options)).toMatchObject({ status: 0 });
    expect(readFileSync(join(bundle.directory, 'pid'), 'utf8')).toBe(String((await stateOf(bundle.id)).pid));
  });

  test('that can not be written fails and leaves nothing', async () => {
    const bundle = makeBundle();
    const watch = watchHost(bundle);
    const message = await refuseCreate(bundle, ['--pid-file', '/nonexistent/pid']);
    expect(message).toContain('no such file or directory');
    await watch.nothingLeft();
  });
});

/** What managers match on when the program is none (managers.md, 6 and 7). */
const programs: readonly { what: string; args: string[]; message: RegExp }[] = [
  { what: 'is not in PATH', args: ['nosuch'], message: /exec: "nosuch": executable file not found in \$PATH/ },
  { what: 'does not exist', args: ['/no/such'], message: /exec: "\/no\/such": stat \/no\/such: no such file or directory/ },
  { what: 'is not executable', args: ['/etc/passwd'], message: /exec: "\/etc\/passwd": permission denied/ },
  { what: 'is a directory', args: ['/etc'], message: /exec: "\/etc": (is a directory|permission denied)/ },
];

describe('create fails and leaves nothing when the program', () => {
  for (const { what, args, message } of programs) {
    test(what, async () => {
      const bundle = makeBundle({ args });
      const watch = watchHost(bundle);
      expect(await refuseCreate(bundle)).toMatch(message);
      expect(await refusal(['state', bundle.id])).toContain('does not exist');
      await watch.nothingLeft();
    });
  }
});

describe('create fails and leaves nothing when', () => {
  test('the rootfs is missing', async () => {
    const bundle = makeBundle({ mutate: (spec) => { spec.root.path = 'nowhere'; } });
    const watch = watchHost(bundle);
    expect(await refuseCreate(bundle)).toContain('nowhere');
    await watch.nothingLeft();
  });

  test("a bind mount's source is missing", async () => {
    const bundle = makeBundle({
      mutate: (spec) => {
        spec.mounts.push({ destination: '/mnt', source: '/nonexistent/source', type: 'bind', options: ['bind'] });
      },
    });
    const watch = watchHost(bundle);
    expect(await refuseCreate(bundle)).toMatch(/\/nonexistent\/source.*no such file or directory/);
    await watch.nothingLeft();
  });

  test('the working directory is a file', async () => {
    const bundle = makeBundle({ mutate: (spec) => { spec.process.cwd = '/etc/passwd'; } });
    const watch = watchHost(bundle);
    expect(await refuseCreate(bundle)).toMatch(/not a directory/);
    await watch.nothingLeft();
  });

  test('a file system type is unknown', async () => {
    const bundle = makeBundle({
      mutate: (spec) => { spec.mounts.push({ destination: '/mnt', source: 'x', type: 'nosuchfs' }); },
    });
    const watch = watchHost(bundle);
    expect(await refuseCreate(bundle)).toMatch(/no such device/);
    await watch.nothingLeft();
  });

  test('a sysctl does not exist', async () => {
    const bundle = makeBundle({ mutate: (spec) => { spec.linux.sysctl = { 'net.ipv4.nosuch': '1' }; } });
    const watch = watchHost(bundle);
    expect(await refuseCreate(bundle)).toMatch(/nosuch.*no such file or directory/);
    await watch.nothingLeft();
  });
});

describe('create', () => {
  nuncTest('names operation, object and config entry of a failure', async () => {
    const bundle = makeBundle({
      mutate: (spec) => { spec.mounts.push({ destination: '/mnt', source: 'x', type: 'nosuchfs' }); },
    });
    expect(await refuseCreate(bundle)).toMatch(
      /^cannot mount "x" at "\/mnt": no such device \(operation \d+ of \d+: \w+, \/mounts\/\d+\); this kernel/,
    );
  });

  test('takes the current directory as the bundle', async () => {
    const bundle = makeBundle();
    const result = await runtime(['create', bundle.id], { cwd: bundle.directory, output: outputOf(bundle) });
    expect(result.status).toBe(0);
    expect(await stateOf(bundle.id)).toMatchObject({ bundle: bundle.directory, status: 'created' });
  });

  test('needs neither PATH nor HOME', async () => {
    const bundle = makeBundle();
    const args = ['create', '--bundle', bundle.directory, bundle.id];
    expect(await runtime(args, { env: {}, output: outputOf(bundle) })).toMatchObject({ status: 0 });
    await succeed(['delete', '--force', bundle.id], { env: {} });
  });

  test('makes the working directory when it is missing', async () => {
    const bundle = makeBundle({
      mutate: (spec) => {
        spec.root.readonly = false;
        spec.process.cwd = '/made/for/this';
      },
    });
    await createBundle(bundle);
    expect(existsSync(join(bundle.rootfs, 'made/for/this'))).toBe(true);
  });

  test('keeps state where only root can look', async () => {
    const bundle = makeBundle();
    const root = join(bundle.directory, 'state');
    await succeed(['create', '--bundle', bundle.directory, bundle.id], { root, output: outputOf(bundle) });
    const listing = readdirSync(root);
    const mode = statSync(join(root, bundle.id)).mode;
    await succeed(['delete', '--force', bundle.id], { root });
    expect(listing).toEqual([bundle.id]);
    expect(mode & 0o066).toBe(0);
  });
});
