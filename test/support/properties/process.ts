// process of config.json.

import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { BundleSpec } from '../bundle.ts';
import { missing } from '../requires.ts';
import { runProgram } from '../runtime.ts';
import { type Property, statusField, TOO_NEW } from './property.ts';

type Process = BundleSpec['process'];

/** Changes properties of the process. */
const process = (values: Partial<Process>) => (spec: BundleSpec): void => void Object.assign(spec.process, values);

const hasStatus = (name: string, value: string) => (pid: number): void => expect(statusField(pid, name)).toBe(value);

type Capabilities = NonNullable<Process['capabilities']>;

const BOTH = ['CAP_CHOWN', 'CAP_KILL'];
const ONLY_KILL = '0000000000000020';

/** One set with CAP_KILL alone, and what is to be seen of that: execve(2) leaves a user what is ambient, in which only
 * can be what is permitted and inheritable (capabilities(7)). */
function capability(set: keyof Capabilities, field: string, others: Capabilities = {}): Property {
  const sets = { bounding: BOTH, permitted: BOTH, effective: BOTH, inheritable: BOTH, ...others, [set]: ['CAP_KILL'] };
  return {
    names: [`process.capabilities.${set}[]`],
    set: process({ capabilities: sets, user: { uid: 1000, gid: 1000 } }),
    outside: hasStatus(field, ONLY_KILL),
  };
}

async function schedulerOf(pid: number): Promise<string> {
  const { stdout } = await runProgram(['chrt', '--pid', String(pid)]);
  return stdout.trimEnd().split('\n').map((line) => line.slice(line.indexOf(': ') + 2)).join(' ');
}

function scheduler(names: readonly string[], values: NonNullable<Process['scheduler']>, seen: string): Property {
  return {
    names: names.map((name) => `process.scheduler.${name}`),
    set: process({ scheduler: values }),
    outside: async (pid) => expect(await schedulerOf(pid)).toBe(seen),
    notInRunc: TOO_NEW,
  };
}

const REALTIME = { policy: 'SCHED_RR', priority: 7 } as const;
const REALTIME_PROPERTY: Property = missing(['realtime']).length === 0
  ? scheduler(['priority'], REALTIME, 'SCHED_RR 7')
  : {
      names: ['process.scheduler.priority'],
      set: process({ scheduler: REALTIME }),
      refused: /^cannot set the scheduler SCHED_RR: operation not permitted/,
      notInRunc: TOO_NEW,
    };

async function ioPriorityOf(pid: number): Promise<string> {
  return (await runProgram(['ionice', '-p', String(pid)])).stdout.trim();
}

const APPARMOR: Property = missing(['apparmor']).length === 0
  ? {
      names: ['process.apparmorProfile'],
      set: process({ apparmorProfile: 'unconfined' }),
      inside: ['cat /proc/self/attr/apparmor/current', 'unconfined'],
    }
  : { names: ['process.apparmorProfile'], set: process({ apparmorProfile: 'unconfined' }), refused: /apparmor/i };

const ownAffinity = statusField(globalThis.process.pid, 'Cpus_allowed_list');

export const processProperties: readonly Property[] = [
  { names: ['process.terminal'], set: process({ terminal: true }), atTerminal: true,
    inside: ['tty; tty </dev/console', '/dev/pts/0\n/dev/console'] },
  { names: ['process.consoleSize.height', 'process.consoleSize.width'], atTerminal: true,
    set: process({ terminal: true, consoleSize: { height: 43, width: 117 } }), inside: ['stty size', '43 117'],
    notInRunc: "replaces it with the size of the user's terminal at once" },
  { names: ['process.user.uid'], set: process({ user: { uid: 1234, gid: 0 } }), inside: ['id -u', '1234'],
    outside: hasStatus('Uid', '1234 1234 1234 1234') },
  { names: ['process.user.gid'], set: process({ user: { uid: 0, gid: 4321 } }), inside: ['id -g', '4321'],
    outside: hasStatus('Gid', '4321 4321 4321 4321') },
  { names: ['process.user.umask'], set: process({ user: { uid: 0, gid: 0, umask: 0o137 } }), inside: ['umask', '0137'],
    outside: hasStatus('Umask', '0137') },
  { names: ['process.user.additionalGids[]'], set: process({ user: { uid: 0, gid: 0, additionalGids: [7, 5] } }),
    inside: ['id -G', '0 5 7'], outside: hasStatus('Groups', '5 7') },
  {
    names: ['process.user.username', 'process.commandLine'],
    set: (spec) => {
      Object.assign(spec.process, { commandLine: 'exit 3' });
      spec.process.user = Object.assign({ uid: 0, gid: 0 }, { username: 'nobody' });
    },
    inside: ['id -un', 'root'],
  },
  { names: ['process.cwd'], set: process({ cwd: '/var' }), inside: ['pwd', '/var'] },
  {
    names: ['process.env[]'],
    set: process({ env: ['PATH=/bin', 'NAME=first', 'EMPTY=', 'NAME=a value'] }),
    inside: ["tr '\\0' '\\n' </proc/$$/environ | grep -v ^HOME=", 'PATH=/bin\nNAME=a value\nEMPTY='],
  },
  {
    names: ['process.args[]'],
    set: (spec) => void spec.process.args?.push('zero', 'one', 'with space', ''),
    inside: ['echo "$0|$1|$2|$3|$#"', 'zero|one|with space||3'],
  },
  {
    names: ['process.rlimits[].type', 'process.rlimits[].soft', 'process.rlimits[].hard'],
    set: process({
      rlimits: [{ type: 'RLIMIT_NOFILE', soft: 123, hard: 456 }, { type: 'RLIMIT_CORE', soft: 0, hard: 0 }],
    }),
    inside: ['ulimit -Sn; ulimit -Hn', '123\n456'],
    outside: (pid) => {
      const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
      expect(limits).toMatch(/Max core file size +0 +0 [^]*Max open files +123 +456 /);
    },
  },
  capability('bounding', 'CapBnd', { inheritable: ['CAP_KILL'] }),
  capability('permitted', 'CapPrm', { effective: ['CAP_KILL'], ambient: BOTH }),
  capability('effective', 'CapEff', { ambient: ['CAP_KILL'] }),
  capability('inheritable', 'CapInh'),
  capability('ambient', 'CapAmb'),
  { names: ['process.noNewPrivileges'], set: process({ noNewPrivileges: true }),
    outside: hasStatus('NoNewPrivs', '1') },
  {
    names: ['process.oomScoreAdj'],
    set: process({ oomScoreAdj: 432 }),
    inside: ['cat /proc/self/oom_score_adj', '432'],
    outside: (pid) => expect(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8')).toBe('432\n'),
  },
  scheduler(['policy'], { policy: 'SCHED_BATCH' }, 'SCHED_BATCH 0'),
  scheduler(
    ['flags[]'],
    { policy: 'SCHED_OTHER', flags: ['SCHED_FLAG_RESET_ON_FORK'] },
    'SCHED_OTHER|SCHED_RESET_ON_FORK 0',
  ),
  scheduler(
    ['runtime', 'deadline', 'period'],
    { policy: 'SCHED_DEADLINE', runtime: 1e6, deadline: 2e6, period: 3e6 },
    'SCHED_DEADLINE 0 1000000/2000000/3000000',
  ),
  REALTIME_PROPERTY,
  {
    names: ['process.scheduler.nice'],
    set: process({ scheduler: { policy: 'SCHED_OTHER', nice: 11 } }),
    inside: ['cut -d " " -f 19 /proc/self/stat', '11'],
    notInRunc: TOO_NEW,
  },
  {
    names: ['process.ioPriority.class', 'process.ioPriority.priority'],
    set: process({ ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 6 } }),
    inside: ['ionice -p $$', 'best-effort: prio 6'],
    outside: async (pid) => expect(await ioPriorityOf(pid)).toBe('best-effort: prio 6'),
    notInRunc: TOO_NEW,
  },
  {
    names: ['process.execCPUAffinity.initial', 'process.execCPUAffinity.final'],
    set: process({ execCPUAffinity: { initial: '0', final: '0' } }),
    // Not for the container's first process.
    outside: hasStatus('Cpus_allowed_list', ownAffinity),
  },
  APPARMOR,
  { names: ['process.selinuxLabel'], set: process({ selinuxLabel: 'a:b:c:s0' }), refused: /selinux/i,
    needs: ['no-selinux'] },
];
