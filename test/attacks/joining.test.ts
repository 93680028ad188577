// Containers that lie in wait for processes that come into their namespaces: by exec (class 1), or with a container
// that joins them (class 17); and for the executable that these processes have (class 2).

import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { attackTests, type Target } from '../support/attacks/attack.ts';
import { again, bring, runOnce } from '../support/attacks/hostile.ts';
import { type Bundle, type BundleSpec, mapUsers, writeConfig } from '../support/bundle.ts';
import { eventually } from '../support/lifecycle.ts';
import { configured, runProgram, type RuntimeOptions } from '../support/runtime.ts';

type Change = (spec: BundleSpec) => void;

const everything = [
  'CAP_SYS_PTRACE', 'CAP_DAC_OVERRIDE', 'CAP_DAC_READ_SEARCH', 'CAP_SYS_ADMIN', 'CAP_SETUID', 'CAP_SETGID', 'CAP_KILL',
];

/** Who looks into whatever it sees. */
const withEverything: Change = (spec) => {
  spec.process.capabilities = { bounding: everything, effective: everything, permitted: everything };
};

/** Root with every right to its own user namespace, which a process that joins comes into. */
const inUserNamespace: Change = (spec) => {
  mapUsers(spec);
  withEverything(spec);
};

interface Lurking {
  readonly bundle: Bundle;
  /** What the attacker has printed since it was ready. */
  readonly found: () => string[];
}

/** Starts a container whose only program is an attacker. */
async function lurk(target: Target, program: readonly string[], change: Change = () => undefined): Promise<Lurking> {
  const bundle = target.bundle({ args: [`/${program[0]}`, ...program.slice(1)], mutate: change });
  bring(program[0] ?? '', bundle);
  chmodSync(bundle.directory, 0o755);
  const output = join(bundle.directory, 'found');
  await target.run(['run', '--detach', '--bundle', bundle.directory, bundle.id], { output });
  const read = (): string[] => readFileSync(output, 'utf8').split('\n').filter((line) => line !== '');
  await eventually(read, (lines) => lines.includes('ready'));
  return { bundle, found: () => [...new Set(read())].filter((line) => line !== 'ready') };
}

async function pidOf(target: Target, { id }: Bundle): Promise<number> {
  return (JSON.parse((await target.run(['state', id])).stdout) as { pid: number }).pid;
}

function lurkDuringExec(change?: Change) {
  return async (target: Target): Promise<string[]> => {
    const { bundle, found } = await lurk(target, ['lurk', join(target.canaries, 'file')], change);
    return again(target, async () => {
      await target.run(['exec', bundle.id, 'true']);
      return found();
    });
  };
}

attackTests(1, { needs: ['gcc'], attacks: {
  'with the usual capabilities': lurkDuringExec(),
  'with all capabilities of a user namespace': lurkDuringExec(inUserNamespace),
} });

/** A container that joins the namespaces of one that is there. */
function lurkDuringRun(change: Change, types: readonly string[]) {
  return async (target: Target): Promise<string[]> => {
    const { bundle: host, found } = await lurk(target, ['lurk', join(target.canaries, 'file')], change);
    const pid = await pidOf(target, host);
    const guest = target.bundle({ args: ['true'], mutate: change });
    // Of the same image, or its own program would be one that the attacker has not.
    guest.spec.root.path = host.rootfs;
    for (const namespace of guest.spec.linux.namespaces ?? []) {
      const file = namespace.type === 'network' ? 'net' : namespace.type;
      if (types.includes(namespace.type)) namespace.path = `/proc/${pid}/ns/${file}`;
    }
    if (types.includes('user')) {
      delete guest.spec.linux.uidMappings;
      delete guest.spec.linux.gidMappings;
    }
    chmodSync(guest.directory, 0o755);
    writeConfig(guest);
    return again(target, async () => {
      await runOnce(target, guest);
      return found();
    });
  };
}

attackTests(17, { needs: ['gcc'], attacks: {
  'of a pid namespace': lurkDuringRun(() => undefined, ['pid']),
  'of pid and user namespaces': lurkDuringRun(inUserNamespace, ['pid', 'user', 'network', 'ipc', 'uts']),
} });

const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** A private copy of the runtime, and the options to run it: peers are found by their names. */
async function copyOf({ name }: Target, directory: string): Promise<{ copy: string; options: RuntimeOptions }> {
  const copy = join(directory, name);
  copyFileSync(name === 'nunc' ? configured : (await runProgram(['which', name])).stdout.trim(), copy);
  chmodSync(copy, 0o755);
  if (name === 'nunc') return { copy, options: { program: copy } };
  const env = { ...process.env, PATH: `${directory}${delimiter}${process.env['PATH']}` } as Record<string, string>;
  return { copy, options: { env } };
}

/** Has a copy of a program execute itself, again and again, while the container tries to overwrite it. */
async function overwriting(
  target: Target,
  { copy, found }: { copy: string; found: () => string[] },
  execute: (round: number) => Promise<unknown>,
): Promise<string[]> {
  const before = hash(copy);
  const gains = await again(target, async (round) => {
    await execute(round);
    return hash(copy) === before ? [] : ['overwrites the runtime'];
  });
  return [...gains, ...found().filter((line) => line.startsWith('has written'))];
}

/** The programs that have a runtime execute itself inside: by the link, by an interpreter that is the link. */
const selves = ['/proc/self/exe', '/script'];

async function overwriteByExec(target: Target): Promise<string[]> {
  const { bundle, found } = await lurk(target, ['overwrite'], withEverything);
  writeFileSync(join(bundle.rootfs, 'script'), '#!/proc/self/exe\n', { mode: 0o755 });
  const { copy, options } = await copyOf(target, mkdtempSync(join(bundle.directory, 'copy-')));
  return overwriting(target, { copy, found }, async (round) => (
    target.run(['exec', bundle.id, selves[round % selves.length] ?? '', '--version'], options)
  ));
}

/** The same by a container's own program, in the pid namespace of one that lies in wait. */
async function overwriteByRun(target: Target): Promise<string[]> {
  const { bundle: host, found } = await lurk(target, ['overwrite'], withEverything);
  const { copy, options } = await copyOf(target, mkdtempSync(join(host.directory, 'copy-')));
  const guest = target.bundle({ args: ['/proc/self/exe', '--version'] });
  const pids = guest.spec.linux.namespaces?.find(({ type }) => type === 'pid');
  if (pids !== undefined) pids.path = `/proc/${await pidOf(target, host)}/ns/pid`;
  writeConfig(guest);
  return overwriting(target, { copy, found }, async () => {
    await target.run(['run', '--bundle', guest.directory, guest.id], options);
    await target.run(['delete', '--force', guest.id]);
  });
}

/** What takes no care falls: busybox, which enters the container and executes itself. Or nothing would be proven. */
async function overwriteCareless(target: Target): Promise<string[]> {
  const { bundle, found } = await lurk(target, ['overwrite'], withEverything);
  const copy = join(mkdtempSync(join(bundle.directory, 'copy-')), 'busybox');
  copyFileSync(join(bundle.rootfs, 'bin/busybox'), copy);
  const pid = String(await pidOf(target, bundle));
  const enter = [copy, 'nsenter', '-t', pid, '-m', '-p', '/proc/self/exe', 'sleep', '0.1'];
  // ETXTBSY: it is being overwritten.
  const gains = await overwriting(target, { copy, found }, async () => runProgram(enter).catch(() => undefined));
  return gains.length > 0 ? [] : ['does not work at all'];
}

attackTests(2, { needs: ['gcc'], attacks: {
  'by what is executed in it': overwriteByExec,
  'by the program of a container beside it': overwriteByRun,
  'a program that takes no care': overwriteCareless,
} });
