// Every command and option there is, as data: parse.ts reads a command line with it, help.ts explains it.
// A command's module is loaded when it is called (docs/decisions/command-line.md has what that saves).

import type { Command } from './command.ts';

export interface Option {
  /** Long name, without dashes. */
  readonly name: string;
  /** One more name, usually a single letter. */
  readonly alias?: string;
  /** What other runtimes call it: accepted, but not shown. */
  readonly otherNames?: readonly string[];
  /** `number` counts; an `integer` may be below zero. */
  readonly kind: 'boolean' | 'string' | 'number' | 'integer';
  /** Each time it is given adds a value; of strings only. */
  readonly repeatable?: boolean;
  /** What the value is called in the help, or the words that it can be: `text|json`. Completion knows FILE, DIR and
   * SOCKET. */
  readonly placeholder?: string;
  readonly help: string;
  /** Accepted, but not shown: old managers pass it. */
  readonly hidden?: boolean;
}

export interface Positional {
  readonly name: string;
  readonly help: string;
  readonly optional?: boolean;
  /** This one and all that follow, as they are: another program's arguments, `--` and options included. */
  readonly rest?: boolean;
}

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly positionals: readonly Positional[];
  readonly options: readonly Option[];
  readonly load: () => Promise<Command>;
}

const containerId: Positional = { name: 'container-id', help: "the container's name, unique on this host" };

const timingsOption: Option = {
  name: 'timings', kind: 'boolean', help: 'tell where the time went, in the log or on stderr',
};

const createOptions: readonly Option[] = [
  {
    name: 'bundle', alias: 'b', kind: 'string', placeholder: 'DIR',
    help: 'directory of the bundle; the current directory when not given',
  },
  {
    name: 'console-socket', otherNames: ['c'], kind: 'string', placeholder: 'SOCKET',
    help: "AF_UNIX socket that receives the descriptor of the container's terminal",
  },
  {
    name: 'pidfd-socket', kind: 'string', placeholder: 'SOCKET',
    help: "AF_UNIX socket that receives a pidfd of the container's process",
  },
  {
    name: 'pid-file', otherNames: ['p'], kind: 'string', placeholder: 'FILE',
    help: "file that receives the process's id",
  },
  {
    name: 'config', alias: 'f', kind: 'string', placeholder: 'FILE',
    help: 'another file than config.json; looked for in the bundle',
  },
  { name: 'no-pivot', kind: 'boolean', help: 'do not use pivot_root(2), as for a root filesystem on a ramdisk' },
  { name: 'no-new-keyring', kind: 'boolean', help: "stay in the caller's session keyring" },
  {
    name: 'preserve-fds', kind: 'number', placeholder: 'N',
    help: 'hand on N more descriptors, after standard streams and $LISTEN_FDS',
  },
  timingsOption,
];

/** Those of create that change the plan. */
function ofCreate(...names: readonly string[]): readonly Option[] {
  return createOptions.filter(({ name }) => names.includes(name));
}

/** What a plan depends on. */
const planOptions = ofCreate('bundle', 'config', 'no-pivot', 'no-new-keyring', 'preserve-fds');

const formatOption: Option = {
  name: 'format', kind: 'string', placeholder: 'text|json', help: 'form of what is printed; text when not given',
};

const validateOptions: readonly Option[] = [
  ...ofCreate('bundle', 'config'),
  formatOption,
  { name: 'strict', kind: 'boolean', help: 'end with status 1 for warnings too' },
];

const compileOptions: readonly Option[] = [
  ...ofCreate('bundle', 'config', 'no-pivot', 'no-new-keyring'),
  { name: 'output', alias: 'o', kind: 'string', placeholder: 'FILE', help: 'the file to write' },
  {
    name: 'id', kind: 'string', placeholder: 'NAME',
    help: "the container's name, for its cgroups and messages; that of the file when not given",
  },
  { name: 'describe', kind: 'boolean', help: 'print what the file depends on' },
  { ...formatOption, help: 'form of what --describe prints' },
];

const execOptions: readonly Option[] = [
  {
    name: 'process', alias: 'p', kind: 'string', placeholder: 'FILE',
    help: 'what config.json has in process, as JSON, in place of a command and of options about it',
  },
  { name: 'cwd', kind: 'string', placeholder: 'DIR', help: 'working directory in the container' },
  {
    name: 'env', alias: 'e', kind: 'string', repeatable: true, placeholder: 'NAME=VALUE',
    help: 'add a variable to the environment',
  },
  { name: 'tty', alias: 't', kind: 'boolean', help: 'give it a terminal' },
  { name: 'user', alias: 'u', kind: 'string', placeholder: 'UID[:GID]', help: 'user, and group, by number' },
  {
    name: 'additional-gids', alias: 'g', kind: 'string', repeatable: true, placeholder: 'GID',
    help: 'add a supplementary group',
  },
  {
    name: 'cap', alias: 'c', kind: 'string', repeatable: true, placeholder: 'CAP',
    help: 'add a capability, such as CAP_NET_ADMIN',
  },
  { name: 'no-new-privs', kind: 'boolean', help: 'execve(2) is to give no privileges' },
  { name: 'apparmor', kind: 'string', placeholder: 'PROFILE', help: 'AppArmor profile' },
  { name: 'process-label', kind: 'string', placeholder: 'LABEL', help: 'SELinux label' },
  {
    name: 'cgroup', kind: 'string', repeatable: true, placeholder: '[CONTROLLER,…:]PATH',
    help: "an existing cgroup below the container's",
  },
  { name: 'detach', alias: 'd', kind: 'boolean', help: 'do not wait for the process' },
  { name: 'pid-file', kind: 'string', placeholder: 'FILE', help: "file that receives the process's id" },
  {
    name: 'console-socket', kind: 'string', placeholder: 'SOCKET',
    help: "AF_UNIX socket that receives the descriptor of the process's terminal",
  },
  {
    name: 'pidfd-socket', kind: 'string', placeholder: 'SOCKET',
    help: 'AF_UNIX socket that receives a pidfd of the process',
  },
  {
    name: 'preserve-fds', kind: 'number', placeholder: 'N', help: 'hand on N more descriptors, after standard streams',
  },
  { name: 'ignore-paused', kind: 'boolean', help: 'also in a paused container: the process then waits with it' },
  timingsOption,
  { name: 'no-subreaper', kind: 'boolean', help: 'ignored', hidden: true },
];

const regexOption: Option = {
  name: 'regex', alias: 'r', kind: 'boolean', help: 'the id is a regular expression: do it with all that match',
};

const updateOptions: readonly Option[] = [
  {
    name: 'resources', alias: 'r', kind: 'string', placeholder: 'FILE',
    help: 'what config.json has in linux.resources, as JSON; - is standard input. Other options are ignored then',
  },
  { name: 'blkio-weight', kind: 'integer', placeholder: 'N', help: 'share of block I/O, 10 to 1000' },
  { name: 'cpu-period', kind: 'string', placeholder: 'USEC', help: 'period of the CPU quota' },
  { name: 'cpu-quota', kind: 'string', placeholder: 'USEC', help: 'CPU time in a period; -1 for no limit' },
  { name: 'cpu-burst', kind: 'string', placeholder: 'USEC', help: 'CPU time that may be saved up for later' },
  { name: 'cpu-share', kind: 'string', placeholder: 'N', help: 'share of CPU time, 2 to 262144' },
  { name: 'cpu-rt-period', kind: 'string', placeholder: 'USEC', help: 'period of the realtime CPU limit (v1)' },
  { name: 'cpu-rt-runtime', kind: 'string', placeholder: 'USEC', help: 'realtime CPU time in a period (v1)' },
  { name: 'cpu-idle', kind: 'string', placeholder: '0|1', help: '1 to run only when nobody else wants to' },
  { name: 'cpuset-cpus', kind: 'string', placeholder: 'LIST', help: 'CPUs to run on, such as 0-2,7' },
  { name: 'cpuset-mems', kind: 'string', placeholder: 'LIST', help: 'memory nodes to use' },
  { name: 'memory', kind: 'string', placeholder: 'BYTES', help: 'limit of memory, such as 512m; -1 for none' },
  { name: 'memory-reservation', kind: 'string', placeholder: 'BYTES', help: 'memory that is not taken first' },
  {
    name: 'memory-swap', kind: 'string', placeholder: 'BYTES',
    help: 'limit of memory and swap together; -1 for none',
  },
  { name: 'pids-limit', kind: 'integer', placeholder: 'N', help: 'limit of processes and threads; -1 for none' },
  { name: 'l3-cache-schema', kind: 'string', placeholder: 'SCHEMA', help: 'part of the L3 cache (resctrl)' },
  { name: 'mem-bw-schema', kind: 'string', placeholder: 'SCHEMA', help: 'memory bandwidth (resctrl)' },
  { name: 'kernel-memory', kind: 'string', help: 'ignored', hidden: true },
  { name: 'kernel-memory-tcp', kind: 'string', help: 'ignored', hidden: true },
];

const criuOptions: readonly Option[] = [
  {
    name: 'image-path', kind: 'string', placeholder: 'DIR',
    help: "directory of CRIU's image files; ./checkpoint when not given",
  },
  { name: 'work-path', kind: 'string', placeholder: 'DIR', help: 'directory of work files and logs' },
  { name: 'tcp-established', kind: 'boolean', help: 'allow established TCP connections' },
  { name: 'ext-unix-sk', kind: 'boolean', help: 'allow Unix sockets that lead out of the container' },
  { name: 'shell-job', kind: 'boolean', help: "allow a session and a terminal that are not the container's own" },
  { name: 'file-locks', kind: 'boolean', help: 'allow file locks' },
  { name: 'tcp-skip-in-flight', kind: 'boolean', help: 'leave out TCP connections that are not yet established' },
  { name: 'link-remap', kind: 'boolean', help: 'allow open files whose names are gone' },
  {
    name: 'manage-cgroups-mode', kind: 'string', placeholder: 'soft|full|strict|ignore',
    help: 'what to do with the properties of cgroups; soft when not given',
  },
  {
    name: 'empty-ns', kind: 'string', repeatable: true, placeholder: 'network',
    help: 'a namespace to make, but not to fill',
  },
  { name: 'auto-dedup', kind: 'boolean', help: 'keep pages in one image only' },
  { name: 'lazy-pages', kind: 'boolean', help: 'fetch memory pages when they are used (userfaultfd)' },
  {
    name: 'network-lock', kind: 'string', placeholder: 'iptables|nftables|skip',
    help: 'how the network is kept still meanwhile',
  },
];

const checkpointOptions: readonly Option[] = [
  ...criuOptions,
  {
    name: 'parent-path', kind: 'string', placeholder: 'DIR',
    help: 'directory of the images of an earlier --pre-dump, relative to --image-path',
  },
  { name: 'leave-running', kind: 'boolean', help: 'let the container go on' },
  { name: 'pre-dump', kind: 'boolean', help: 'save memory only, in advance, and let the container go on' },
  {
    name: 'status-fd', kind: 'integer', placeholder: 'FD',
    help: 'descriptor that a zero byte is written to when --lazy-pages is ready',
  },
  { name: 'page-server', kind: 'string', placeholder: 'ADDRESS:PORT', help: 'where memory pages are sent to' },
];

const restoreOptions: readonly Option[] = [
  ...criuOptions,
  {
    name: 'bundle', alias: 'b', kind: 'string', placeholder: 'DIR',
    help: 'directory of the bundle; the current directory when not given',
  },
  { name: 'detach', alias: 'd', kind: 'boolean', help: "do not wait for the container's process" },
  { name: 'pid-file', kind: 'string', placeholder: 'FILE', help: "file that receives the process's id" },
  {
    name: 'console-socket', kind: 'string', placeholder: 'SOCKET',
    help: "AF_UNIX socket that receives the descriptor of the container's terminal",
  },
  { name: 'no-subreaper', kind: 'boolean', help: 'do not adopt orphaned processes' },
  { name: 'no-pivot', kind: 'boolean', help: 'ignored: CRIU does what the checkpoint says' },
  { name: 'tcp-close', kind: 'boolean', help: 'close TCP connections that were established' },
  { name: 'lsm-profile', kind: 'string', placeholder: 'TYPE:NAME', help: 'security profile in place of the saved one' },
  { name: 'lsm-mount-context', kind: 'string', placeholder: 'LABEL', help: 'SELinux label of the mounts' },
];

export const globalOptions: readonly Option[] = [
  {
    name: 'root', otherNames: ['r'], kind: 'string', placeholder: 'DIR',
    help: 'directory of all state: /run/nunc, or $XDG_RUNTIME_DIR/nunc for a user',
  },
  {
    name: 'log', otherNames: ['l'], kind: 'string', placeholder: 'FILE',
    help: 'append log records to a file instead of stderr; journald:NAME and syslog:NAME send them there, as from NAME',
  },
  { name: 'log-format', kind: 'string', placeholder: 'text|json', help: 'form of the log records' },
  {
    name: 'log-level', kind: 'string', placeholder: 'error|warning|debug',
    help: 'least important records that are logged',
  },
  { name: 'debug', kind: 'boolean', help: 'log more, as with --log-level debug' },
  {
    name: 'systemd-cgroup', otherNames: ['s'], kind: 'boolean',
    help: 'let systemd manage cgroups; cgroupsPath is slice:prefix:name',
  },
  {
    name: 'cgroup-manager', kind: 'string', placeholder: 'cgroupfs|systemd|disabled',
    help: 'who makes cgroups; cgroupfs when not given',
  },
  {
    name: 'rootless', kind: 'string', placeholder: 'true|false|auto',
    help: 'ignore cgroup permission errors',
  },
  {
    name: 'no-unsafe-annotations', kind: 'boolean',
    help: 'ignore annotations that reach the host, with a warning: org.criu.config and org.systemd.property.*',
  },
  { name: 'criu', kind: 'string', help: 'ignored', hidden: true },
  { name: 'version', alias: 'v', otherNames: ['V'], kind: 'boolean', help: 'print the version' },
];

export const commands: readonly CommandEntry[] = [
  {
    name: 'create',
    summary: 'create a container; its process waits for start',
    positionals: [containerId],
    options: [...createOptions, { name: 'no-subreaper', kind: 'boolean', help: 'ignored', hidden: true }],
    load: () => import('./create.ts'),
  },
  {
    name: 'start',
    summary: 'execute the process of a created container',
    positionals: [containerId],
    options: [timingsOption],
    load: () => import('./start.ts'),
  },
  {
    name: 'run',
    summary: 'create and start a container, and wait for it',
    positionals: [containerId],
    options: [
      ...createOptions,
      { name: 'detach', alias: 'd', kind: 'boolean', help: "do not wait for the container's process" },
      { name: 'keep', kind: 'boolean', help: 'do not delete the container when it has exited' },
      { name: 'no-subreaper', kind: 'boolean', help: 'do not adopt orphaned processes' },
    ],
    load: () => import('./run.ts'),
  },
  {
    name: 'exec',
    summary: 'execute one more process in a container',
    positionals: [
      containerId,
      { name: 'command', help: 'the program and its arguments; none with --process', optional: true, rest: true },
    ],
    options: execOptions,
    load: () => import('./exec.ts'),
  },
  {
    name: 'state',
    summary: 'print the state of a container as JSON',
    positionals: [containerId],
    options: [],
    load: () => import('./state.ts'),
  },
  {
    name: 'kill',
    summary: "send a signal to a container's process",
    positionals: [containerId, { name: 'signal', help: 'name or number; SIGTERM when not given', optional: true }],
    options: [
      { name: 'all', alias: 'a', kind: 'boolean', help: 'send it to all processes of the container' },
      regexOption,
    ],
    load: () => import('./kill.ts'),
  },
  {
    name: 'delete',
    summary: 'remove a stopped container and all that it holds',
    positionals: [containerId],
    options: [
      { name: 'force', alias: 'f', kind: 'boolean', help: 'kill it first if it is still running' },
      regexOption,
    ],
    load: () => import('./delete.ts'),
  },
  {
    name: 'pause',
    summary: 'let all processes of a container stand still',
    positionals: [containerId],
    options: [],
    load: () => import('./pause.ts'),
  },
  {
    name: 'resume',
    summary: 'let the processes of a paused container go on',
    positionals: [containerId],
    options: [],
    load: () => import('./resume.ts'),
  },
  {
    name: 'update',
    summary: 'change the limits of a container',
    positionals: [containerId],
    options: updateOptions,
    load: () => import('./update.ts'),
  },
  {
    name: 'mounts',
    summary: 'add mounts to a running container, or remove them',
    positionals: [
      { name: 'add|remove', help: 'what to do' },
      containerId,
      { name: 'file', help: 'what config.json has in mounts, as JSON, of which remove looks at destination only; - is '
        + 'standard input' },
    ],
    options: [],
    load: () => import('./mounts.ts'),
  },
  {
    name: 'list',
    summary: 'list the containers',
    positionals: [],
    options: [
      { name: 'format', alias: 'f', kind: 'string', placeholder: 'table|json', help: 'form of the list' },
      { name: 'quiet', alias: 'q', kind: 'boolean', help: 'print ids only' },
    ],
    load: () => import('./list.ts'),
  },
  {
    name: 'ps',
    summary: 'list the processes of a container',
    positionals: [
      containerId, { name: 'ps options', help: 'for the host\'s ps; -ef when not given', optional: true, rest: true },
    ],
    options: [{ name: 'format', alias: 'f', kind: 'string', placeholder: 'table|json', help: 'form of the list' }],
    load: () => import('./ps.ts'),
  },
  {
    name: 'events',
    summary: 'print statistics of a container at an interval, and when it runs out of memory, as JSON',
    positionals: [containerId],
    options: [
      {
        name: 'interval', kind: 'string', placeholder: 'DURATION',
        help: 'time between statistics, such as 500ms or 1m30s; 5s when not given',
      },
      { name: 'stats', kind: 'boolean', help: 'print statistics once' },
    ],
    load: () => import('./events.ts'),
  },
  {
    name: 'checkpoint',
    summary: 'save a running container to files (CRIU)',
    positionals: [containerId],
    options: checkpointOptions,
    load: () => import('./checkpoint.ts'),
  },
  {
    name: 'restore',
    summary: 'make a container from what checkpoint has saved',
    positionals: [containerId],
    options: restoreOptions,
    load: () => import('./restore.ts'),
  },
  {
    name: 'compile',
    summary: 'write an executable file that is the container',
    positionals: [],
    options: compileOptions,
    load: () => import('./compile.ts'),
  },
  {
    name: 'spec',
    summary: 'write a config.json to start from',
    positionals: [],
    options: [
      {
        name: 'bundle', alias: 'b', kind: 'string', placeholder: 'DIR',
        help: 'directory to write it to; the current directory when not given',
      },
      {
        name: 'file', alias: 'f', kind: 'string', placeholder: 'FILE',
        help: 'another file than config.json in that directory; - is standard output',
      },
      { name: 'rootless', kind: 'boolean', help: 'for a container without privileges' },
    ],
    load: () => import('./spec.ts'),
  },
  {
    name: 'validate',
    summary: 'tell all that is wrong with a bundle, and what is probably not meant',
    positionals: [],
    options: validateOptions,
    load: () => import('./validate.ts'),
  },
  {
    name: 'doctor',
    summary: 'tell what works on this host, and why not',
    positionals: [],
    options: [formatOption],
    load: () => import('./doctor.ts'),
  },
  {
    name: 'features',
    summary: 'print what nunc knows, as JSON',
    positionals: [],
    options: [{ name: 'host', kind: 'boolean', help: 'print what it is to know of this host, for explain elsewhere' }],
    load: () => import('./features.ts'),
  },
  {
    name: 'explain',
    summary: 'print what create and start would do with a bundle, operation by operation',
    positionals: [],
    options: [
      ...planOptions,
      { ...formatOption, help: 'form of the explanation' },
      {
        name: 'id', kind: 'string', placeholder: 'ID',
        help: "the container's name; that of the bundle's directory when not given",
      },
      {
        name: 'host', kind: 'string', placeholder: 'FILE',
        help: 'explain for the host that has printed this file (features --host); - is standard input',
      },
      {
        name: 'diff', kind: 'string', placeholder: 'FILE',
        help: 'print how it differs with another bundle, or another config of this one: a directory or a file',
      },
    ],
    load: () => import('./explain.ts'),
  },
  {
    name: 'completion',
    summary: 'print a script for a shell that completes what is typed',
    positionals: [{ name: 'bash|zsh', help: 'the shell' }],
    options: [],
    load: () => import('./completion.ts'),
  },
];

/** The command of that name. */
export function findCommand(name: string): CommandEntry | undefined {
  for (const command of commands) {
    if (command.name === name) return command;
  }
  return undefined;
}
