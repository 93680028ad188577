// Every command and option of runc (up to 1.4), crun (up to 1.29) and youki, as their callers write them: a word for
// those that take a value is after a blank. Facts alone; the tests prove that nunc takes them.

/** By command; '' is what stands before one. */
export type PeerOptions = Readonly<Record<string, readonly string[]>>;

const create = [
  '--bundle /b', '-b /b', '--console-socket /s', '--pid-file /p', '--no-pivot', '--no-new-keyring', '--preserve-fds 2',
];

const limits = [
  '--resources /r', '-r /r', '--blkio-weight 100', '--cpu-period 100000', '--cpu-quota 50000', '--cpu-share 512',
  '--cpu-rt-period 1000000', '--cpu-rt-runtime 1000', '--cpuset-cpus 0-1', '--cpuset-mems 0', '--kernel-memory 1g',
  '--kernel-memory-tcp 1g', '--memory 512m', '--memory-reservation 256m', '--memory-swap 1g', '--pids-limit 10',
  '--l3-cache-schema x', '--mem-bw-schema x',
];

const exec = [
  '--console-socket /s', '--cwd /w', '--env A=1', '-e A=1', '--tty', '-t', '--user 1:2', '-u 1:2', '--process /p',
  '-p /p', '--detach', '-d', '--pid-file /p', '--process-label l', '--apparmor a', '--no-new-privs', '--cap CAP_CHOWN',
  '-c CAP_CHOWN', '--preserve-fds 2', '--cgroup c',
];

const checkpoint = [
  '--image-path /i', '--work-path /w', '--parent-path ../p', '--leave-running', '--tcp-established', '--ext-unix-sk',
  '--shell-job', '--file-locks', '--pre-dump', '--manage-cgroups-mode soft',
];

const restore = [
  '--image-path /i', '--work-path /w', '--tcp-established', '--ext-unix-sk', '--shell-job', '--file-locks',
  '--manage-cgroups-mode soft', '--bundle /b', '-b /b', '--detach', '-d', '--pid-file /p', '--console-socket /s',
  '--lsm-profile t:n', '--lsm-mount-context c',
];

const criu = ['--tcp-skip-in-flight', '--link-remap', '--lazy-pages', '--empty-ns network', '--auto-dedup'];
const list = ['--format json', '-f json', '--quiet', '-q'];

export const runc: PeerOptions = {
  '': [
    '--debug', '--log /l', '--log-format json', '--root /r', '--criu criu', '--systemd-cgroup', '--rootless auto',
    '--help', '-h', '--version', '-v',
  ],
  create: [...create, '--pidfd-socket /s'],
  run: [...create, '--pidfd-socket /s', '--detach', '-d', '--keep', '--no-subreaper'],
  start: [],
  exec: [...exec, '--additional-gids 5', '-g 5', '--ignore-paused', '--pidfd-socket /s'],
  kill: ['--all', '-a'],
  delete: ['--force', '-f'],
  list,
  ps: ['--format json', '-f json'],
  pause: [],
  resume: [],
  state: [],
  features: [],
  spec: ['--bundle /b', '-b /b', '--rootless'],
  events: ['--interval 1s', '--stats'],
  update: [...limits, '--cpu-burst 1000', '--cpu-idle 1'],
  checkpoint: [...checkpoint, ...criu, '--status-fd 3', '--page-server a:1'],
  restore: [...restore, ...criu, '--no-subreaper', '--no-pivot'],
};

export const crun: PeerOptions = {
  '': [
    '--debug', '--log file:/l', '--log-format json', '--log-level warning', '--root /r', '--rootless true',
    '--systemd-cgroup', '--cgroup-manager systemd', '--help', '-?', '--usage', '--version', '-v', '-V',
  ],
  create: [...create, '--config c', '-f c', '--no-subreaper'],
  run: [...create, '--config c', '-f c', '--detach', '-d', '--keep', '--no-subreaper'],
  start: [],
  exec,
  kill: ['--all', '-a', '--regex', '-r'],
  delete: ['--force', '-f', '--regex', '-r'],
  list,
  ps: ['--format json', '-f json'],
  pause: [],
  resume: [],
  state: [],
  features: [],
  spec: ['--bundle /b', '-b /b', '--file f', '-f f', '--rootless'],
  update: limits,
  checkpoint: [...checkpoint, '--network-lock nftables'],
  restore: [...restore, '--tcp-close', '--network-lock nftables'],
  mounts: [],
};

/** Where they do not mean something else with the others. */
export const youki: PeerOptions = {
  '': ['-r /r', '-l /l', '-s', '--log-level trace'],
  create: ['-c /s', '-p /p'],
  run: ['-c /s', '-p /p', '--keep', '--no-subreaper'],
};
