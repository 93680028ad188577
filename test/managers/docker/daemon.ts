// Debian's dockerd, with a containerd of its own, in private places and namespaces. Everything that it runs is run by
// one runtime: the default of its containers, and as BuildKit calls whatever is called `runc` in the daemon's PATH.

import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../support/lifecycle.ts';
import { type Result, type RunOptions,runProgram } from '../../support/runtime.ts';
import { runtimePath } from '../battery.ts';
import { makePlaces, type Places } from '../places.ts';
import type { RuntimeName } from '../verdict.ts';
import { type Machine, startMachine } from './machine.ts';

/** Another client may come first in PATH. */
const CLIENT = '/usr/bin/docker';

export interface Daemon {
  readonly places: Places;
  readonly runtime: RuntimeName;
  readonly machine: Machine;
  /** The environment with which a client finds this daemon. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs Debian's client to its end: `docker('ps', '-a')`. */
  readonly docker: (args: readonly string[], options?: RunOptions) => Promise<Result>;
  /** Ends the daemon as a service manager does. What its containers do then is up to its settings. */
  stop(): Promise<void>;
  /** Starts it again. */
  start(): Promise<void>;
  /** Ends the daemon, its containers and all that is in its namespaces, and removes what they have left. */
  close(): Promise<void>;
}

export type Settings = Readonly<Record<string, unknown>>;

/** What daemon.json has. Nothing outside of the daemon's namespaces and directory is touched, no firewall rules are
 * made, and no right is needed that a container of CI lacks (CAP_SYS_RESOURCE for the score). */
function settingsOf({ directory, cgroupParent }: Places, runtime: RuntimeName): Settings {
  return {
    'hosts': [`unix://${directory}/docker.sock`],
    'data-root': `${directory}/data`,
    'exec-root': `${directory}/exec`,
    'pidfile': `${directory}/docker.pid`,
    'cgroup-parent': cgroupParent,
    'oom-score-adjust': 0,
    'bip': '172.29.0.1/24',
    'iptables': false,
    'ip6tables': false,
    'ip-masq': false,
    'ip-forward': false,
    ...runtime === 'runc' ? {} : { 'runtimes': { [runtime]: { path: runtimePath(runtime) } },
      'default-runtime': runtime },
  };
}

function logOf(places: Places): string {
  return join(places.directory, 'dockerd.log');
}

/** A directory for the daemon's PATH, with the runtime under the name that BuildKit calls. */
function programDirectory(places: Places, runtime: RuntimeName): string {
  const directory = join(places.directory, 'bin');
  mkdirSync(directory);
  symlinkSync(runtimePath(runtime), join(directory, 'runc'));
  return directory;
}

interface Launch {
  readonly places: Places;
  readonly machine: Machine;
  readonly path: string;
  readonly docker: Daemon['docker'];
}

/** @returns once the daemon answers; `ended` settles when it has exited */
async function launch({ places, machine, path, docker }: Launch): Promise<{ readonly ended: Promise<unknown> }> {
  const log = openSync(logOf(places), 'a');
  const command = [...machine.prefix, 'dockerd', '--config-file', join(places.directory, 'daemon.json')];
  const child = spawn('env', command, { stdio: ['ignore', log, log], env: { ...process.env, PATH: path } });
  const ended = new Promise((done) => void child.once('exit', done));
  const answers = async (): Promise<boolean> => {
    if (child.exitCode !== null) {
      throw new Error(`dockerd has ended:\n${readFileSync(logOf(places), 'utf8').slice(-2000)}`);
    }
    return (await docker(['version'])).status === 0;
  };
  await eventually(answers, Boolean, 60_000);
  return { ended };
}

/** Starts a daemon in new places. `settings` are added to its daemon.json, `preparation` is a shell script that is run
 * in its namespaces and its directory before. */
export async function startDaemon(
  runtime: RuntimeName,
  { settings = {}, preparation = 'true' }: { settings?: Settings; preparation?: string } = {},
): Promise<Daemon> {
  const places = makePlaces('docker');
  const { directory } = places;
  const machine = await startMachine(directory);
  writeFileSync(join(directory, 'daemon.json'), JSON.stringify({ ...settingsOf(places, runtime), ...settings }));
  const path = `${programDirectory(places, runtime)}:${process.env['PATH'] ?? ''}`;
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: directory,
    DOCKER_HOST: `unix://${directory}/docker.sock`,
    DOCKER_CONFIG: join(directory, 'client'),
  };
  const docker: Daemon['docker'] = (args, options = {}) => (
    runProgram([CLIENT, ...args], { timeout: 60_000, ...options, env: { ...environment, ...options.env } })
  );
  const start = () => launch({ places, machine, path, docker });
  const prepareAndStart = async () => {
    const prepared = await runProgram([...machine.prefix, 'sh', '-ec', preparation]);
    if (prepared.status !== 0) throw new Error(`cannot prepare a daemon: ${prepared.stderr}`);
    return start();
  };
  let running = await prepareAndStart().catch(async (error: unknown) => {
    await machine.close();
    places.remove();
    throw error;
  });
  return {
    places, runtime, machine, environment, docker,
    stop: async () => {
      await runProgram([...machine.prefix, 'sh', '-c', `kill $(cat ${directory}/docker.pid)`]);
      await running.ended;
    },
    start: async () => { running = await start(); },
    close: async () => {
      await machine.close();
      await running.ended;
      places.remove();
    },
  };
}
