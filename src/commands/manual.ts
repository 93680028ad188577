// What there is to say of the commands beyond table.ts: for the help, docs/commands.md and the man pages. Never loaded
// by a command that does its work.

/** [command line, what it does] */
export type Example = readonly [line: string, meaning: string];

export interface Manual {
  readonly group: string;
  /** Paragraphs. */
  readonly about: readonly string[];
  readonly examples: readonly Example[];
}

const LIFE = 'From creation to deletion';
const LOOK = 'Looking at containers';
const CHANGE = 'Changing containers';
const OTHER = 'Before there is a container';

/** Paragraphs, which empty lines are between. */
function prose(text: string): string[] {
  return text.trim().split(/\n\s*\n/).map((paragraph) => paragraph.split(/\s+/).filter((word) => word !== '').join(' '));
}

/** In the order in which they are shown. */
export const groups: readonly string[] = [LIFE, LOOK, CHANGE, OTHER];

/** By the command's name. */
export const manuals: Readonly<Record<string, Manual>> = {
  create: {
    group: LIFE,
    about: prose(`
      Everything that config.json asks for is made, but for the program itself: that is executed by start. The
      standard streams become the container's. When the command has ended the pid file is there and the cgroups
      are final.

      A container with a terminal needs --console-socket. Whoever listens there receives the terminal as a
      descriptor.

      With --timings the command tells at its end when each stage began and how long it took, in milliseconds
      from the start of the engine, the init's own stages as the init has measured them: a table on stderr, a
      single record where the log is in JSON, or in the log's file if it has one.
    `),
    examples: [
      ['nunc create --bundle /srv/web --pid-file /run/web.pid web', 'create container "web" of the bundle in /srv/web'],
    ],
  },
  start: {
    group: LIFE,
    about: prose(`
      With $NOTIFY_SOCKET set, the container is given a socket of the same kind and the command waits until it
      has said READY=1 there (sd_notify(3)).

      --timings also works for a container that was created without it.
    `),
    examples: [['nunc start web', 'execute the program of container "web"']],
  },
  run: {
    group: LIFE,
    about: prose(`
      In the foreground the command passes signals on, ends with the exit status of the container's process (128
      and the number of the signal that has killed it) and deletes the container. With a terminal in config.json
      it connects the caller's terminal to the container's.
    `),
    examples: [
      ['nunc run -b bundles/hello demo', 'run the bundle in bundles/hello as container "demo"'],
      ['nunc run --timings -b bundles/hello demo', 'the same, and tell where the time went'],
      ['nunc run --detach --pid-file web.pid web', 'start the bundle in the current directory and return'],
    ],
  },
  exec: {
    group: LIFE,
    about: prose(`
      The process joins the namespaces and the cgroup of the container. What is not said by options is as
      config.json has it for the container's own process. The command ends with the exit status of the process,
      and with 255 when there is none because it has failed itself.
    `),
    examples: [
      ['nunc exec -t web sh', 'a shell in container "web"'],
      ['nunc exec --user 1000 --cwd /tmp web id', 'a program as another user'],
      ['nunc exec --process process.json --detach web', 'a process as described in a file'],
    ],
  },
  kill: {
    group: LIFE,
    about: prose(`
      Signals are named as kill(1) does: TERM, SIGTERM or 15. --all reaches every process of the container, also
      those that are left when its first one has ended.
    `),
    examples: [
      ['nunc kill web', 'ask container "web" to end'],
      ['nunc kill --all web KILL', 'end all of its processes'],
      ["nunc kill --regex '^job-' TERM", 'ask every container to end whose id begins with "job-"'],
    ],
  },
  delete: {
    group: LIFE,
    about: prose(`
      Removes the state, the cgroups and whatever else was made for a container that has stopped. With --force
      one that is running is killed first, and one that does not exist is no failure.
    `),
    examples: [
      ['nunc delete web', 'delete container "web", which has stopped'],
      ["nunc delete --force --regex '^job-'", 'kill and delete every container whose id begins with "job-"'],
    ],
  },
  state: {
    group: LOOK,
    about: prose(`
      The status is created, running, paused or stopped. The pid of a stopped container is 0.
    `),
    examples: [['nunc state web', 'print the state of container "web"']],
  },
  list: {
    group: LOOK,
    about: prose(`
      Those below --root: nobody knows of all directories that there may be.
    `),
    examples: [
      ['nunc list', 'a table of all containers'],
      ['nunc list -q | xargs -rn1 nunc delete -f', 'delete all of them'],
      ['nunc --root /run/containers list -f json', 'those of another directory, as JSON'],
    ],
  },
  ps: {
    group: LOOK,
    about: prose(`
      The table is what the host's ps(1) prints, without the lines of other processes. JSON has pids only.
    `),
    examples: [
      ['nunc ps web', 'the processes of container "web"'],
      ['nunc ps web -o pid,rss,args', 'with columns of your choice'],
      ['nunc ps -f json web', 'their pids'],
    ],
  },
  events: {
    group: LOOK,
    about: prose(`
      One JSON object a line: of type "stats" at the interval, of type "oom" when the container runs out of
      memory.
    `),
    examples: [
      ['nunc events --stats web', 'the statistics of container "web", once'],
      ['nunc events --interval 1s web', 'every second, until the container stops'],
    ],
  },
  validate: {
    group: OTHER,
    about: prose(`
      Errors are what create would refuse; warnings are what it takes, but what hardly anybody wants. Each line
      begins with the JSON pointer of what it is about. Nothing is made, and no privileges are needed: as another
      user, or with other global options, a bundle may be wrong in other ways. The status is 1 when there are
      errors.
    `),
    examples: [
      ['nunc validate -b /srv/web', 'all errors and warnings of the bundle in /srv/web'],
      ['nunc validate --format json --strict', 'as JSON; with status 1 for warnings too'],
    ],
  },
  doctor: {
    group: OTHER,
    about: prose(`
      One line for each thing that containers need or may need of this host, for the user who asks: what there
      is, what is missing, and what to do about it. What can only be found out by trying is tried, in a process
      that ends at once. The status is 1 when no container can be run here.
    `),
    examples: [
      ['nunc doctor', 'look at everything'],
      ['nunc doctor --format json', 'the same for a program'],
    ],
  },
  features: {
    group: OTHER,
    about: prose(`
      The format is that of the OCI runtime specification (features.md). With --host it is that of
      spec/host.schema.json, which explain reads.
    `),
    examples: [
      ['nunc features', 'print it'],
      ['nunc features --host > host.json', 'what explain has to know of this host'],
    ],
  },
  pause: {
    group: CHANGE,
    about: prose(`
      Uses the cgroup freezer.
    `),
    examples: [['nunc pause web', 'freeze container "web"']],
  },
  resume: {
    group: CHANGE,
    about: prose(`
      Undoes pause.
    `),
    examples: [['nunc resume web', 'let container "web" go on']],
  },
  update: {
    group: CHANGE,
    about: prose(`
      What is not mentioned stays as it is; 0 counts as not mentioned, except for --cpu-idle and --cpu-burst. A
      file for --resources looks like this: {"memory": {"limit": 536870912}, "cpu": {"shares": 512}}
    `),
    examples: [
      ['nunc update --memory 512m --pids-limit 100 web', 'limit container "web"'],
      ['nunc update --resources - web < limits.json', 'with limits of a file'],
    ],
  },
  checkpoint: {
    group: CHANGE,
    about: prose(`
      Needs the program criu. The container is stopped afterwards unless --leave-running is given.
    `),
    examples: [['nunc checkpoint --image-path /var/tmp/web web', 'save container "web" to a directory']],
  },
  restore: {
    group: CHANGE,
    about: prose(`
      Needs the program criu, and the bundle that the container was made of.
    `),
    examples: [
      ['nunc restore --bundle /srv/web --image-path /var/tmp/web --detach web', 'go on with a saved container'],
    ],
  },
  mounts: {
    group: CHANGE,
    about: prose(`
      The file is a JSON array as config.json has it in "mounts". The mounts last as long as the container.
    `),
    examples: [
      ['nunc mounts add web mounts.json', 'mount what the file lists in container "web"'],
      ['nunc mounts remove web mounts.json', 'unmount it again'],
    ],
  },
  compile: {
    group: OTHER,
    about: prose(`
      The file needs no nunc where it runs: started, it makes the container's cgroups, runs the container in the
      foreground, passes signals on, removes the cgroups, and ends with the exit status of the container's
      process. The root filesystem stays where it is. What the host was asked for when the file was compiled,
      --describe lists.

      Hooks, a terminal of the container's own, and what else needs a runtime beside the container are refused.
      docs/compile.md has more.
    `),
    examples: [
      ['nunc compile --bundle /srv/web --output web', 'write the bundle in /srv/web as the executable "web"'],
      ['nunc compile --bundle /srv/web --describe', 'print what such a file would depend on'],
    ],
  },
  spec: {
    group: OTHER,
    about: prose(`
      Never writes over a file. The program in the new file is sh.
    `),
    examples: [
      ['nunc spec', 'write config.json to the current directory'],
      ['nunc spec --rootless --file -', 'print one for a container of an ordinary user'],
    ],
  },
  explain: {
    group: OTHER,
    about: prose(`
      Needs no privileges and makes nothing. What create would refuse is refused here too. docs/explain.md shows how
      to read it.

      With --diff the exit status is 0 when nothing differs, 1 when something does, and 2 when there is trouble. Lines
      with - are only of the bundle, lines with + only of the other one.
    `),
    examples: [
      ['nunc explain --bundle bundles/hello', 'print every operation of bundles/hello, with the entry it comes from'],
      ['nunc explain --format json | jq .seccomp', 'the seccomp filter, for a program'],
      ['nunc explain --diff config-new.json', 'print what a change of the config would change'],
      ['ssh other nunc features --host | nunc explain --host -', 'explain for another host'],
    ],
  },
  completion: {
    group: OTHER,
    about: prose(`
      Completes commands, options, ids of containers, and files.
    `),
    examples: [
      ['. <(nunc completion bash)', 'for this bash; in ~/.bashrc for all'],
      ['nunc completion zsh > /usr/local/share/zsh/site-functions/_nunc', 'for every zsh'],
    ],
  },
};

/** For the help of nunc as a whole. */
export const overview: Manual = {
  group: '',
  about: prose(`
    nunc runs OCI containers. It takes the commands and options of runc and crun, and prints what they do.
  `),
  examples: [
    ['nunc run -b bundles/hello demo', 'run the bundle in bundles/hello as container "demo"'],
    ['nunc help create', 'explain one command'],
  ],
};
