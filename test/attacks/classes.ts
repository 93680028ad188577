// The 36 classes of attacks that runtimes have fallen to, and how nunc, and runc and crun of Debian 12, do: what
// docs/attacks.md is made of and what the tests in this directory hold each runtime to. Knows nothing of how to attack.

export type RuntimeName = 'nunc' | 'runc' | 'crun';

/** `withstands`: the attacker gains nothing. `falls`: always. `races`: the attack needs luck, which it had or may have.
 * `lacks`: what is attacked is not there. */
export type Verdict = 'withstands' | 'falls' | 'races' | 'lacks';

export interface Outcome {
  readonly verdict: Verdict;
  /** What the attacker gains, by which luck, or how it is kept from it. */
  readonly note: string;
}

export interface AttackClass {
  /** Of what is known by it, or ''. */
  readonly known: string;
  /** What the attacker does, after "a hostile container or bundle". */
  readonly attack: string;
  /** What keeps nunc from falling to it. */
  readonly protection: string;
  readonly outcomes: Readonly<Record<RuntimeName, Outcome>>;
}

const withstands: Outcome = { verdict: 'withstands', note: '' };

/** By number. */
export const attackClasses: Readonly<Record<number, AttackClass>> = {
  1: {
    known: 'CVE-2016-9962',
    attack: 'reads the descriptors and the memory of a process that joins the container',
    protection: 'a process that joins can not be traced or read before it has become the container\'s '
      + 'program (`PR_SET_DUMPABLE`), and holds no descriptor of the host\'s',
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'withstands', note: 'is not dumpable, and what it opens is closed' },
      crun: { verdict: 'withstands', note: 'is not dumpable' },
    },
  },
  2: {
    known: 'CVE-2019-5736',
    attack: 'has the runtime execute itself by `/proc/self/exe`, and overwrites its executable',
    protection: 'what runs in a container is a sealed memfd made for it: nunc\'s executable is never '
      + 'executed there',
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'withstands', note: 'executes a sealed copy of itself' },
      crun: { verdict: 'withstands', note: 'executes a sealed copy of itself' },
    },
  },
  3: {
    known: 'CVE-2019-16884',
    attack: 'has a mount cover /proc, so that the label is written to a file of the image',
    protection: 'nothing but a procfs may cover /proc; labels are written to a detached procfs that '
      + 'nobody else has',
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'falls', note: 'mounts a tmpfs over /proc/sys and /proc/self/attr' },
      crun: { verdict: 'falls', note: 'mounts a tmpfs over /proc/sys and /proc/self/attr' },
    },
  },
  4: {
    known: 'CVE-2019-19921, CVE-2023-27561, CVE-2023-28642',
    attack: 'has /proc and /sys be symbolic links, or swaps them by a shared volume',
    protection: '/proc and /sys have to be directories; what is masked or read-only below them is '
      + 'found through the mounts\' descriptors',
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'races', note: 'protects nothing where /proc is another directory, in the first rounds' },
      crun: { verdict: 'races', note: 'protects nothing where /proc is another directory, in the first rounds' },
    },
  },
  5: {
    known: 'CVE-2021-30465',
    attack: 'swaps the destination of a mount with a symbolic link meanwhile',
    protection: 'destinations are opened below the rootfs (`openat2`, `RESOLVE_IN_ROOT`) once, and '
      + 'mounted over by descriptor',
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'withstands', note: 'compares the path of what it has opened' },
      crun: { verdict: 'withstands', note: 'opens destinations below the rootfs' },
    },
  },
  6: {
    known: 'CVE-2021-43784',
    attack: 'gives mappings and namespace paths longer than 64 KiB',
    protection: 'no lengths travel: the init is compiled with its strings; mappings are written to '
      + 'the kernel\'s file, which counts them',
    outcomes: {
      nunc: withstands,
      runc: withstands,
      crun: { verdict: 'withstands', note: 'sends no messages' },
    },
  },
  7: {
    known: 'CVE-2022-29162, CVE-2022-27650',
    attack: 'has file capabilities meet inheritable ones',
    protection: 'inheritable capabilities are the config\'s, by default none; `exec --cap` adds none',
    outcomes: {
      nunc: withstands,
      runc: withstands,
      crun: { verdict: 'falls', note: 'a process that joins gets what a file of the image has' },
    },
  },
  8: {
    known: 'CVE-2023-25809',
    attack: 'writes to the cgroups of the host from a rootless container',
    protection: 'cgroups that are not the container\'s own are mounted read-only, with all that is '
      + 'below /sys',
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'falls', note: 'cgroups are writable in a clone of the host\'s /sys' },
      crun: { verdict: 'withstands', note: 'mounts them read-only' },
    },
  },
  9: {
    known: 'CVE-2024-21626',
    attack: 'has a working directory `/proc/self/fd/N` of the host',
    protection: 'all descriptors but those to hand on are closed before anything else; the working '
      + 'directory is asked for its path',
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'withstands', note: 'closes what it has inherited (Debian\'s patch)' },
      crun: { verdict: 'falls', note: 'keeps what its caller has open until the program is executed' },
    },
  },
  10: {
    known: 'CVE-2024-45310',
    attack: 'renames the ancestors of a mount destination that is being made',
    protection: 'every directory is made in one that was opened below the rootfs',
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'races', note: 'makes directories on the host, in about every tenth round' },
      crun: { verdict: 'withstands', note: 'makes directories by descriptor' },
    },
  },
  11: {
    known: 'CVE-2025-31133',
    attack: 'has another /dev/null be bound over masked paths',
    protection: '/dev/null is opened once, as what it is, and has to be the device',
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'races', note: 'mounts what a link leads to over masked paths, in the second round' },
      crun: withstands,
    },
  },
  12: {
    known: 'CVE-2025-52565',
    attack: 'replaces the terminal that becomes /dev/console',
    protection: 'the terminal is known by its descriptor; /dev/console is not followed when it is a link',
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'falls', note: 'mounts the terminal over any file of the container' },
      crun: { verdict: 'falls', note: 'makes files on the host, and mounts the terminal over any' },
    },
  },
  13: {
    known: 'CVE-2025-52881',
    attack: 'has sysctls and labels be written to a procfs of its own',
    protection: 'sysctls and labels are written to a private, detached procfs',
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'races', note: 'writes to files of the image, in the first rounds' },
      crun: withstands,
    },
  },
  14: {
    known: 'CVE-2026-41579, CVE-2026-47766',
    attack: 'has an image whose /dev, /dev/pts, /proc, /sys or /etc leads to the host',
    protection: 'devices and links of /dev are made below the descriptor of the directory, which is '
      + 'opened below the rootfs',
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'falls', note: 'removes ptmx from a directory of the host and makes links there' },
      crun: withstands,
    },
  },
  15: {
    known: 'CVE-2026-30892',
    attack: 'is executed as a user that is no plain number',
    protection: 'ids are decimal digits below 2^32 - 1, or an error',
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'falls', note: 'takes 4294967296 and +0 for root' },
      crun: { verdict: 'falls', note: 'takes -1, 4294967296 and " 0" for root' },
    },
  },
  16: {
    known: 'CVE-2025-24965',
    attack: 'has the runtime write its files through symbolic links of the rootfs',
    protection: 'nothing is written into the rootfs by path; a runtime that follows links for it does '
      + 'so one at a time, by descriptor',
    outcomes: {
      nunc: withstands,
      runc: withstands,
      crun: withstands,
    },
  },
  17: {
    known: 'GHSA-xr7r-f8xq-vfvv',
    attack: 'does the same by the path of a namespace to join',
    protection: 'as for 1, 2 and 9: a namespace that is joined makes no difference',
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'withstands', note: 'is not dumpable' },
      crun: { verdict: 'withstands', note: 'is not dumpable' },
    },
  },
  18: {
    known: '',
    attack: 'pushes input into the terminal of the caller by TIOCSTI',
    protection: 'the init leads a session of its own, whose terminal the caller\'s is not',
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'withstands', note: 'begins a session' },
      crun: { verdict: 'withstands', note: 'begins a session' },
    },
  },
  19: {
    known: '',
    attack: 'has a seccomp listener for the system calls that hand it over',
    protection: 'the listener is taken by pidfd_getfd(2), without a word of the init; a deaf agent is given '
      + 'up after 5 s',
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'falls', note: 'create waits for a deaf agent for ever' },
      crun: withstands,
    },
  },
  20: {
    known: '',
    attack: 'joins a cgroup outside of the container by `exec --cgroup`',
    protection: "the path must be the container's own or below it, component by component",
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'falls', note: '`memory,pids:../ctr-evil` is joined: only the text\'s beginning is compared' },
      crun: { verdict: 'falls', note: '`..` is joined' },
    },
  },
  21: {
    known: '',
    attack: 'delegates a cgroup outside of the container by an annotation',
    protection: 'nunc obeys no annotation that names a cgroup',
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'lacks', note: 'it knows no such annotation' },
      crun: withstands,
    },
  },
  22: {
    known: '',
    attack: 'uncovers masked paths under `--no-pivot`',
    protection: 'the procfs and sysfs of the host are unmounted before the root moves',
    outcomes: { nunc: withstands, runc: withstands, crun: withstands },
  },
  23: {
    known: '',
    attack: 'has the pid of its init be that of another process',
    protection: 'a process is known by its pid and its start time, looked at when a pidfd is open',
    outcomes: { nunc: withstands, runc: withstands, crun: withstands },
  },
  24: {
    known: '',
    attack: 'gives an id that leads out of the state directory',
    protection: 'an id is one file name of letters, digits, `_`, `+`, `.` and `-`, and a new one does not '
      + 'begin with `-`',
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'falls', note: '`-x` and `--` are taken' },
      crun: { verdict: 'falls', note: '`delete --force ../x` removes a directory beside the state' },
    },
  },
  25: {
    known: '',
    attack: 'leaves mounts on the host',
    protection: 'all mounts of the new namespace are made slaves before the first is added',
    outcomes: { nunc: withstands, runc: withstands, crun: withstands },
  },
  26: {
    known: '',
    attack: 'reaches the host by annotations',
    protection: 'few are obeyed, `features` lists them, and `--no-unsafe-annotations` switches them off',
    outcomes: {
      nunc: withstands,
      runc: withstands,
      crun: { verdict: 'falls', note: '`run.oci.hooks.stdout` appends to any file of the host' },
    },
  },
  27: {
    known: '',
    attack: 'keeps supplementary groups of the host',
    protection: 'setgroups(2) is always called, with none where none are asked for',
    outcomes: {
      nunc: withstands,
      runc: withstands,
      crun: { verdict: 'falls', note: '`run.oci.keep_original_groups` keeps them' },
    },
  },
  28: {
    known: '',
    attack: 'uses devices that it is not allowed to',
    protection: 'rules of the devices cgroup, or an eBPF program, before the container is in it',
    outcomes: { nunc: withstands, runc: withstands, crun: withstands },
  },
  29: {
    known: '',
    attack: 'reads the session keyring of the host',
    protection: "a session keyring of the container's own; processes that join it get that, too",
    outcomes: {
      nunc: withstands,
      runc: withstands,
      crun: { verdict: 'falls', note: 'an executed process has the keyring of who called exec' },
    },
  },
  30: {
    known: '',
    attack: 'forges log records by newlines and escape sequences',
    protection: 'control and format characters are escaped in every form of the log, and in what goes with '
      + 'usage errors',
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'falls', note: 'on stderr beside `--log`, lines and escape sequences are written as they are' },
      crun: { verdict: 'falls', note: 'everywhere' },
    },
  },
  31: {
    known: '',
    attack: 'has a config that takes the memory or the time of the host',
    protection: 'JSON is read by a parser of its own, with 10,000 levels at most; sizes cost what they are worth',
    outcomes: { nunc: withstands, runc: withstands, crun: withstands },
  },
  32: {
    known: '',
    attack: 'makes the state directory before its owner does',
    protection: "the state directory must be the user's, no symbolic link, and not writable for everybody",
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'falls', note: 'takes one that everybody may write to' },
      crun: { verdict: 'falls', note: 'takes one that everybody may write to' },
    },
  },
  33: {
    known: '',
    attack: 'has sockets whose paths are long, or symbolic links',
    protection: 'one connect(2) by descriptor, with a time limit; paths are never opened',
    outcomes: { nunc: withstands, runc: withstands, crun: withstands },
  },
  34: {
    known: '',
    attack: 'has a hook that neither reads nor ends',
    protection: "a hook's process group is killed at its timeout, and nobody waits for the end of its outputs",
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'falls', note: 'the command waits for ever for who keeps the outputs open' },
      crun: { verdict: 'falls', note: 'the command hangs' },
    },
  },
  35: {
    known: '',
    attack: 'has mappings that overlap, are empty or too many',
    protection: 'mappings are checked before anything is made',
    outcomes: {
      nunc: withstands,
      runc: withstands,
      crun: { verdict: 'falls', note: 'without mappings it makes one of its own, to root' },
    },
  },
  36: {
    known: '',
    attack: 'reads the memory of the init before it executes',
    protection: 'the init is not dumpable, and has only what the plan says in its memory',
    outcomes: {
      nunc: withstands,
      runc: { verdict: 'falls', note: 'memory, descriptors and environment of a created init, by root beside it' },
      crun: withstands,
    },
  },
};
