// docs/docker.md, followed literally: its blocks are executed in their order on a machine that has docker's files in
// their usual places, empty at first, and a daemon without options but those which this kind of machine needs.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../support/lifecycle.ts';
import { requires } from '../../support/requires.ts';
import { type Result, runProgram } from '../../support/runtime.ts';
import { type Block, blocksOf } from '../page.ts';
import { makeImageTar, makePlaces, type Places } from '../places.ts';
import { nothingRemains } from '../remains.ts';
import { type Machine, startMachine } from './machine.ts';
import { IMAGE } from './words.ts';

const project = resolve(import.meta.dirname, '../../..');

interface Host {
  readonly run: (script: string) => Promise<Result>;
  /** Runs a script that is to succeed. @returns its output */
  readonly succeed: (script: string) => Promise<string>;
  /** Starts the daemon anew, with a PATH. */
  readonly restart: (path: string) => Promise<void>;
}

function hostOn(machine: Machine, places: Places): Host {
  let daemon: ChildProcess | undefined;
  const env = { PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: places.directory, IMAGE };
  const run: Host['run'] = (script) => (
    runProgram([...machine.prefix, 'sh', '-ec', script], { env, timeout: 60_000 })
  );
  const succeed: Host['succeed'] = async (script) => {
    const { status, stdout, stderr } = await run(script);
    if (status !== 0) throw new Error(`ended with ${status}:\n${script}\n${stdout}${stderr}`);
    return stdout;
  };
  const restart: Host['restart'] = async (path) => {
    if (daemon !== undefined) {
      const ended = once(daemon, 'exit');
      await succeed('kill "$(cat /var/run/docker.pid)"');
      await ended;
    }
    const log = openSync(join(places.directory, 'dockerd.log'), 'a');
    const options = ['--oom-score-adjust', '0', '--iptables=false', '--cgroup-parent', places.cgroupParent];
    const [program = '', ...args] = [...machine.prefix, 'env', `PATH=${path}`, 'dockerd', ...options];
    daemon = spawn(program, args, { stdio: ['ignore', log, log] });
    await eventually(() => run('docker version'), ({ status }) => status === 0, 30_000);
  };
  return { run, succeed, restart };
}

async function startHost(): Promise<Host> {
  const places = makePlaces('docker');
  const machine = await startMachine(project);
  onTestFinished(async () => {
    await machine.close();
    places.remove();
    await nothingRemains([places.mark]);
  });
  const host = hostOn(machine, places);
  // docker's overlays can not be on one.
  const data = join(places.directory, 'data');
  mkdirSync(data);
  await host.succeed('mkdir -p /etc/docker /var/lib/docker; rm -rf /usr/local/bin/*');
  await host.succeed(`mount --bind ${data} /var/lib/docker`);
  await host.restart('/usr/sbin:/usr/bin:/sbin:/bin');
  await host.succeed(`docker import ${makeImageTar(places.directory)} ${IMAGE}`);
  return host;
}

async function follow(host: Host, { language, text }: Block): Promise<void> {
  // The build is the one under test.
  if (language === 'sh') await host.succeed(text.replaceAll(/^npm .*\n/gm, ''));
  if (language === 'json') await host.succeed(`cat >/etc/docker/daemon.json <<'END'\n${text}END`);
  if (language === 'ini') await host.restart(/^Environment=PATH=(.*)$/m.exec(text)?.[1] ?? '');
}

const name = 'docs/docker.md: every step works as it is written';

async function followPage(): Promise<void> {
  const host = await startHost();
  const blocks = blocksOf(readFileSync(join(project, 'docs/docker.md'), 'utf8'));
  for (const block of blocks) await follow(host, block);
  expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(['sh', 'json', 'ini']));
  expect(await host.succeed("docker info --format '{{.DefaultRuntime}}'")).toBe('nunc\n');
}

if (process.env['MANAGERS_ALL'] === '1') requires('root', 'docker', 'busybox')(name, followPage, 180_000);
else test.skip(`${name} (skipped: slow: MANAGERS_ALL=1 runs it)`, followPage);
