// docs/podman.md, followed literally: its blocks are executed in their order on a machine that has podman's files in
// their usual places, empty at first, and no configuration but the page's own.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { missing, requires } from '../../support/requires.ts';
import { runProgram } from '../../support/runtime.ts';
import { type User, useUser } from '../../support/users.ts';
import { type Block, blocksOf } from '../page.ts';
import { makeImageTar, makePlaces, removeEverywhere } from '../places.ts';
import { makePrivateNamespaces } from '../private-namespaces.ts';
import { nothingRemains } from '../remains.ts';
import { DEFAULT_PARENT, IMAGE, LIMITS } from './podman.ts';

const project = resolve(import.meta.dirname, '../../..');
const needs = ['root', 'podman', 'buildah', 'runc', 'busybox', 'users', 'cni', 'iptables', 'no-systemd'] as const;
const runsAll = process.env['MANAGERS_ALL'] === '1';
const user = useUser(runsAll && missing(needs).length === 0);

interface Host {
  /** Run scripts that are to succeed, as root and as the user. @return what they print */
  readonly asRoot: (script: string) => Promise<string>;
  readonly asUser: (script: string) => Promise<string>;
}

/** Everything that podman keeps in fixed places is in the directory; the configuration is Debian's own one, with limits
 * that are possible without CAP_SYS_RESOURCE. */
const setUp = `cp -a /etc/containers "$1/etc"; mount --bind "$1/etc" /etc/containers
mkdir "$1/lib" "$1/bin"; mount --bind "$1/lib" /var/lib/containers; mount --bind "$1/bin" /usr/local/bin
sed '/^\\[containers]/a default_ulimits = [${LIMITS.map((limit) => `"${limit}"`).join(', ')}]' \\
  /usr/share/containers/containers.conf >"$1/vendor.conf"
mount --bind "$1/vendor.conf" /usr/share/containers/containers.conf`;

function succeeding(command: readonly string[]): (script: string) => Promise<string> {
  return async (script) => {
    const { status, stdout, stderr } = await runProgram([...command, 'sh', '-exc', script], { timeout: 60_000 });
    if (status !== 0) throw new Error(`ended with ${String(status)}:\n${script}\n${stdout}${stderr}`);
    return stdout;
  };
}

async function startHost({ name, home, runtimeDirectory }: User): Promise<Host> {
  const places = makePlaces('podman');
  const machine = await makePrivateNamespaces();
  const variables = ['PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', `IMAGE=${IMAGE}`];
  const rootHome = `HOME=${places.directory}`;
  const asRoot = succeeding([...machine.prefix, 'env', '-i', '--chdir', project, ...variables, rootHome]);
  const credentials = ['setpriv', '--reuid', name, '--regid', name, '--init-groups'];
  const own = [`HOME=${home}`, `XDG_RUNTIME_DIR=${runtimeDirectory}`];
  const asUser = succeeding([...machine.prefix, ...credentials, 'env', '-i', '--chdir', home, ...variables, ...own]);
  onTestFinished(async () => {
    await asUser('podman system reset --force; podman system migrate');
    await asRoot('podman system reset --force');
    await machine.close();
    removeEverywhere(DEFAULT_PARENT);
    places.remove();
    await nothingRemains([places.mark]);
  });
  await asRoot(`set -- ${places.directory}; chmod 755 "$1"; ${setUp}`);
  const tar = makeImageTar(places.directory);
  await asRoot(`podman import ${tar} ${IMAGE}`);
  await asUser(`podman import ${tar} ${IMAGE}`);
  return { asRoot, asUser };
}

async function follow({ asRoot, asUser }: Host, { language, text }: Block): Promise<void> {
  // The build is the one under test.
  if (language === 'sh') await asRoot(text.replaceAll(/^npm .*\n/gm, ''));
  if (language === 'bash') await asUser(text);
  if (language === 'toml') await asRoot(`cat >/etc/containers/containers.conf <<'END'\n${text}END`);
}

const name = 'docs/podman.md: every step works as it is written';

async function followPage(): Promise<void> {
  const host = await startHost(user());
  const blocks = blocksOf(readFileSync(join(project, 'docs/podman.md'), 'utf8'));
  for (const block of blocks) await follow(host, block);
  expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(['sh', 'bash', 'toml']));
  expect(await host.asRoot("podman info --format '{{.Host.OCIRuntime.Name}}'")).toBe('nunc\n');
}

if (runsAll) requires(...needs)(name, followPage, 240_000);
else test.skip(`${name} (skipped: slow: MANAGERS_ALL=1 runs it)`, followPage);
