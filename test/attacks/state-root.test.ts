// A state directory that somebody else has made, or may write to: who keeps state there has others decide which
// processes are killed. The victim is an ordinary user here, or root.

import {
  chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Attack, attackTests, type Target } from '../support/attacks/attack.ts';
import { badRefusal } from '../support/attacks/containers.ts';
import { missing } from '../support/requires.ts';
import { commandOf, type Result, runProgram } from '../support/runtime.ts';
import { runAs, type UserBundle, userBundle, useUser } from '../support/users.ts';

const user = useUser(missing(['root', 'users']).length === 0);

/** Not the user's, nor root's. */
const ATTACKER = 65_533;

/** A directory that everybody may pass. */
function place(): string {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-hijack-'));
  chmodSync(directory, 0o755);
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function asUser(target: Target, args: readonly string[], variables: Readonly<Record<string, string>>): Promise<Result> {
  const program = target.name === 'nunc' ? [user().program] : commandOf(target.program).slice(-1);
  // crun's namespace without v2 is made by root: test/support/runtime.ts.
  const cover = 'umount -l /sys/fs/cgroup/unified 2>/dev/null; exec "$@"';
  const prefix = target.name === 'crun' ? ['unshare', '--mount', 'sh', '-c', cover, 'crun'] : [];
  return runAs(user(), [...program, ...args], { variables, prefix, timeout: 10_000 });
}

/** Creates a container as the user. @returns what of it is where the attacker may change it */
async function createIn(target: Target, runtimeDirectory: string, root: string): Promise<string[]> {
  const bundle: UserBundle = await userBundle(user(), 'true');
  const variables = { XDG_RUNTIME_DIR: runtimeDirectory };
  const result = await asUser(target, ['create', '--bundle', bundle.directory, bundle.id], variables);
  const written = existsSync(root) ? readdirSync(root).filter((name) => name === bundle.id) : [];
  if (result.status === 0) await asUser(target, ['delete', '--force', bundle.id], variables);
  if (written.length === 0 && result.status !== 0) return badRefusal(result);
  return [`it keeps its state at ${root}, status ${String(result.status)}`];
}

const ownedByAttacker: Attack = (target) => {
  const directory = place();
  const root = join(directory, target.name);
  mkdirSync(root);
  chownSync(root, ATTACKER, ATTACKER);
  chmodSync(root, 0o777);
  return createIn(target, directory, root);
};

const symbolicLink: Attack = (target) => {
  const directory = place();
  const elsewhere = join(directory, 'elsewhere');
  mkdirSync(elsewhere);
  chownSync(elsewhere, ATTACKER, ATTACKER);
  chmodSync(elsewhere, 0o777);
  symlinkSync(elsewhere, join(directory, target.name));
  return createIn(target, directory, elsewhere);
};

const writableForAll: Attack = (target) => {
  const directory = place();
  const root = join(directory, target.name);
  mkdirSync(root);
  chownSync(root, user().uid, user().gid);
  chmodSync(root, 0o777);
  return createIn(target, directory, root);
};

/** Root's own, which an attacker may put containers into. */
const ofRoot: Attack = async (target) => {
  const root = join(place(), 'root');
  mkdirSync(root);
  chmodSync(root, 0o777);
  const bundle = target.bundle({ args: ['true'] });
  const output = join(bundle.directory, 'output');
  const command = [...commandOf(target.program), '--root', root];
  const result = await runProgram([...command, 'create', '--bundle', bundle.directory, bundle.id], { output });
  if (result.status !== 0) return badRefusal(result);
  await runProgram([...command, 'delete', '--force', bundle.id]);
  return ['root keeps its state where everybody may change it'];
};

/** Where a container's directory should be is a link to what is no container's, with a file that looks like one's. */
const linkForContainer: Attack = async (target) => {
  const directory = join(target.canaries, 'directory');
  const [link, file] = [join(target.root, 'linked'), join(directory, 'config.json')];
  const bundle = target.bundle({ args: ['true'] });
  const output = join(bundle.directory, 'output');
  const gains: string[] = [];
  symlinkSync(directory, link);
  for (const args of [['create', '--bundle', bundle.directory], ['state'], ['kill'], ['delete', '--force']]) {
    writeFileSync(file, 'untouched');
    const result = await target.run([...args, 'linked'], { output });
    gains.push(...badRefusal(result));
    const names = readdirSync(directory).join(' ');
    const isKept = names === 'config.json' && readFileSync(file, 'utf8') === 'untouched';
    if (!isKept) gains.push(`${args[0] ?? ''} works where the link leads: there is now "${names}"`);
  }
  rmSync(link, { force: true });
  for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true });
  return gains;
};

attackTests(32, {
  needs: ['users', 'not-systemd-managed'],
  attacks: {
    'a directory of root that everybody may write to': ofRoot,
    'a directory of somebody else': ownedByAttacker,
    'a symbolic link to one of somebody else': symbolicLink,
    'a directory that everybody may write to': writableForAll,
    'a symbolic link for a container': linkForContainer,
  },
});
