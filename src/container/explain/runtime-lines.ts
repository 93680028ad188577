// What the runtime itself does, as lines: before the init is there, and when its plan is over.

import type { ExplainedCgroups, ExplainedFile, ExplainedHook, Explanation } from './document.ts';
import { type Group, group, originMark, plainLines, type Section } from './lines.ts';

/** What create does before it spawns anything. */
export function runtimeSection(document: Explanation): Section {
  const { cgroups, resctrl, deviceProgram, container: { config, state } } = document;
  return {
    name: 'runtime',
    title: 'nunc create: the runtime, on the host',
    groups: [
      checkGroup(config),
      ...namespaceGroup(document),
      ...cgroupGroups(cgroups),
      ...group('set the device rules  [/linux/resources/devices]', [
        ...cgroups.deviceFiles.map(writeLine),
        ...(deviceProgram === undefined ? [] : deviceLines(deviceProgram)),
      ]),
      ...group('hand the cgroup to the user of the container', cgroups.owner === undefined ? []
        : cgroups.directories.filter(({ version }) => version === 2)
          .map(({ path }) => `chown(${quoted(path)} and the files in it that can be delegated, ${cgroups.owner}, -1)`)),
      ...(resctrl === undefined ? [] : group('make the resctrl group  [/linux/intelRdt]', [
        `mkdir(${quoted(resctrl.directory)}), unless it is there`,
        ...resctrl.schemata.map((value) => `write(${quoted(`${resctrl.directory}/schemata`)}, ${quoted(value)})`),
        ...(resctrl.monitoring === undefined ? [] : [`mkdir(${quoted(resctrl.monitoring)})`]),
      ])),
      ...group('make the container known, and two fifos to talk with its init', [
        `write(${quoted(`${state}/state.json`)}, …)`,
        `mkfifo(${quoted(`${state}/report`)}), mkfifo(${quoted(`${state}/gate`)})`,
      ]),
      ...spawnGroup(document),
    ],
  };
}

/** What comes when the init has become the program. */
export function laterSection({ hooks, cgroups }: Explanation): Section[] {
  const hooksOf = (list: ExplainedHook['list']): string[] => hooks.filter((hook) => hook.list === list).map(hookLine);
  const groups = [
    ...group('nunc start, when the program runs: hooks', hooksOf('poststart')),
    ...group('nunc delete, when the container is gone: hooks', hooksOf('poststop')),
  ];
  const removed = group('nunc delete: remove what was made, from below', [...cgroups.directories].reverse()
    .map(({ path }) => `rmdir(${quoted(path)})`));
  return [{ name: 'later', title: 'later: what other commands do', groups: [...removed, ...groups] }];
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

function cgroupGroups({ manager, directories, inherited, files, unit, mode }: ExplainedCgroups): Group[] {
  const made = directories.map(({ path, version, controllers }) => {
    const words = controllers.length === 0 ? '' : `: ${controllers.join(' ')}`;
    return `mkdir(${quoted(path)})  v${version}${words}`;
  });
  const stays = inherited.map(({ path, version }) => `stay in ${quoted(path)}  v${version}`);
  const scope = unit === undefined ? [] : [
    `StartTransientUnit(${quoted(unit.name)}) on the ${unit.bus} bus, with`,
    ...unit.properties.map(({ name, type, value }) => `  ${name} = ${type} ${value}`),
  ];
  const limits = files.filter(({ when }) => when !== 'not-new');
  const v2 = mode === 'v2' ? directories[0] : undefined;
  const passed = v2 === undefined || v2.controllers.length === 0 ? []
    : ['pass the controllers on: cgroup.subtree_control of the cgroups above it, where they are not'];
  return [
    ...group(`make the cgroup${made.length > 1 ? 's' : ''}, by ${manager}  [/linux/cgroupsPath]`,
      [...scope, ...made, ...passed, ...stays]),
    ...group('set the limits  [/linux/resources]', limits.map(writeLine)),
  ];
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
