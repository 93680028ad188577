// What the runtime itself does, as lines: before the init is there, and when its plan is over.

import type { ExplainedCgroups, ExplainedFile, ExplainedHook, Explanation } from './document.ts';
import { type Group, group, originMark, plainLines, type Section } from './lines.ts';

/** What create does before it spawns anything, in the order of container/make-container.ts. */
export function runtimeSection(document: Explanation): Section {
  const { cgroups, container: { config, state } } = document;
  return {
    name: 'runtime',
    title: 'nunc create: the runtime, on the host',
    groups: [
      checkGroup(config),
      ...namespaceGroup(document),
      ...group('make the container known, so that delete can undo whatever follows', [
        `mkdir(${quoted(state)})`,
        `write(${quoted(`${state}/state.json`)}, …), write(${quoted(`${state}/config.json`)}, …)`,
      ]),
      ...cgroupGroup(cgroups),
      ...deviceGroup(document),
      ...group('set the limits  [/linux/resources]',
        cgroups.files.filter(({ when }) => when !== 'not-new').map(writeLine)),
      ...ownerGroup(cgroups),
      ...resctrlGroup(document),
      ...group('make two fifos to talk with the init', [
        `mkfifo(${quoted(`${state}/report`)}), mkfifo(${quoted(`${state}/gate`)})`,
      ]),
      ...spawnGroup(document),
    ],
  };
}

function deviceGroup({ cgroups, deviceProgram }: Explanation): Group[] {
  const program = deviceProgram === undefined ? [] : deviceLines(deviceProgram);
  return group('set the device rules  [/linux/resources/devices]', [...cgroups.deviceFiles.map(writeLine), ...program]);
}

function ownerGroup({ owner, directories }: ExplainedCgroups): Group[] {
  if (owner === undefined) return [];
  const handed = directories.filter(({ version }) => version === 2);
  return group('hand the cgroup to the user of the container', handed.map(({ path }) => (
    `chown(${quoted(path)} and the files in it that can be delegated, ${owner}, -1)`)));
}

function resctrlGroup({ resctrl }: Explanation): Group[] {
  if (resctrl === undefined) return [];
  const { directory, schemata, monitoring } = resctrl;
  return group('make the resctrl group  [/linux/intelRdt]', [
    `mkdir(${quoted(directory)}), unless it is there`,
    ...(monitoring === undefined ? [] : [`mkdir(${quoted(monitoring)})`]),
    ...schemata.map((value) => `write(${quoted(`${directory}/schemata`)}, ${quoted(value)})`),
  ]);
}

/** What comes when the init has become the program. */
export function laterSection({ hooks, cgroups, container: { state } }: Explanation): Section[] {
  const hooksOf = (list: ExplainedHook['list']): string[] => hooks.filter((hook) => hook.list === list).map(hookLine);
  const { directories, unit } = cgroups;
  const groups = [
    ...group('nunc start, when the program runs: hooks', hooksOf('poststart')),
    ...group('nunc delete, when the program has ended: remove what was made', [
      ...(unit === undefined ? [] : [`StopUnit(${quoted(unit.name)}) on the ${unit.bus} bus`]),
      ...[...directories].reverse().map(({ path }) => `rmdir(${quoted(path)})`),
      `rmdir(${quoted(state)}), and what is in it`,
    ]),
    ...group('nunc delete, when the container is gone: hooks', hooksOf('poststop')),
  ];
  return [{ name: 'later', title: 'later: what other commands do', groups }];
}

function hookLine({ path, args, origin, namespaces, timeout }: ExplainedHook): string {
  const limit = timeout === undefined ? '' : `, at most ${timeout} s`;
  const command = `${quoted(path)} ${JSON.stringify(args)}`;
  return `run ${command} in the namespaces of the ${namespaces}${limit}${originMark(origin)}`;
}

const quoted = JSON.stringify as (text: string) => string;

function checkGroup(config: string): Group {
  const lines = [
    // Two configs are compared by what they say.
    { text: `read(${quoted(config)})`, key: 'read the config' },
    ...plainLines(['look at the host: kernel, cgroups, rights, sources of bind mounts', 'compile the plan']),
  ];
  const heading = 'read, check, and refuse what can not be: until then nothing is made';
  return { heading: { text: heading, key: heading }, lines };
}

function namespaceGroup({ namespaces }: Explanation): Group[] {
  const words = { new: 'new', joined: 'joined', inherited: "the host's" } as const;
  return group('the namespaces that the container is to have  [/linux/namespaces]', namespaces.map((namespace) => {
    const { type, source, path, origin } = namespace;
    const place = path === undefined ? '' : ` ${quoted(path)}`;
    return `${type.padEnd(8)}${words[source]}${place}${origin === '' ? '' : `  [${origin}]`}`;
  }));
}

function cgroupGroup({ manager, directories, inherited, unit, mode }: ExplainedCgroups): Group[] {
  const made = directories.flatMap(({ path, version, controllers }) => {
    const words = controllers.length === 0 ? '' : `: ${controllers.join(' ')}`;
    const lines = [`mkdir(${quoted(path)})  v${version}${words}`];
    if (version === 1 && controllers.includes('cpuset')) {
      lines.push(`copy cpuset.cpus and cpuset.mems from above ${quoted(path)}, where they are empty`);
    }
    if (version === 2 && mode === 'v2' && controllers.length > 0) {
      lines.push('pass the controllers on: cgroup.subtree_control of the cgroups above it, where they are missing');
    }
    return lines;
  });
  const stays = inherited.map(({ path, version }) => `stay in ${quoted(path)}  v${version}`);
  const scope = unit === undefined ? [] : [
    `StartTransientUnit(${quoted(unit.name)}) on the ${unit.bus} bus, with`,
    ...unit.properties.map(({ name, type, value }) => `  ${name} = ${type} ${value}`),
  ];
  const heading = made.length === 0 ? 'stay in the cgroups of the runtime'
    : `make the cgroup${directories.length > 1 ? 's' : ''}, by ${manager}`;
  return group(`${heading}  [/linux/cgroupsPath]`, [...scope, ...made, ...stays]);
}

function writeLine({ path, value, origin, when, optional, otherwise }: ExplainedFile): string {
  const instead = otherwise === undefined ? '' : `, or ${quoted(otherwise.value)} to ${quoted(otherwise.path)}`;
  const late = when === 'late' ? '  when the init is in it' : '';
  const may = optional === true ? '  where there is such a file' : '';
  return `write(${quoted(path)}, ${quoted(value)})${instead}${late}${may}${originMark(origin)}`;
}

function deviceLines({ cgroup, instructions }: NonNullable<Explanation['deviceProgram']>): string[] {
  return [
    `bpf(BPF_PROG_LOAD, BPF_PROG_TYPE_CGROUP_DEVICE): ${instructions.length} instructions, shown below`,
    `bpf(BPF_PROG_ATTACH, ${quoted(cgroup)}, BPF_CGROUP_DEVICE, BPF_F_ALLOW_MULTI)`,
  ];
}

function spawnGroup({ descriptors, stages }: Explanation): Group[] {
  const count = stages.reduce((sum, { operations }) => sum + operations.length, 0);
  const [spawn] = group('spawn the plan', [
    'posix_spawn("/proc/self/fd/<memfd>", ["nunc-init"], no environment), with the standard streams and',
    ...descriptors.map(({ number, holds, origin }) => `  ${number}: ${holds}${originMark(origin)}`),
  ]);
  const sealed = 'memfd_create("nunc-init"), sealed: an executable that does the operations below';
  // How many they are tells nothing that they do not tell themselves.
  const line = { text: `${sealed}, which are ${count}`, key: sealed };
  return spawn === undefined ? [] : [{ ...spawn, lines: [line, ...spawn.lines] }];
}
