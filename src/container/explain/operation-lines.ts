// The plan's operations as lines, grouped by what they are for, with what the runtime does where the init waits for it.

import { printCanonically } from '../../plan/canonical.ts';
import type { Call, Operation } from '../../plan/operation.ts';
import { CONTROLS, printWays } from '../../plan/print.ts';
import type { WaitReason } from '../../plan/waits.ts';
import type { ExplainedOperation, Explanation } from './document.ts';
import type { Explained } from './explain.ts';
import { type Group, type Line, originMark, type Section } from './lines.ts';

const TITLES: Readonly<Record<string, string>> = {
  stage0: 'stage0: what nunc spawns, in the namespaces of the host; it makes the init and ends',
  init: 'init: the first process of the container, in the namespaces of the container',
  start: 'start: the init goes on when `nunc start` lets it, and becomes the program of the container',
};

/** A section for each stage. */
export function operationSections({ document, operations }: Explained): Section[] {
  const width = String(operations.length).length;
  return document.stages.map(({ name, operations: explained }) => ({
    name,
    title: TITLES[name] ?? name,
    groups: groupsOf(explained).map((group) => groupLines(group, { document, operations, width })),
  }));
}

/** Operations in a row that do one thing. */
function groupsOf(operations: readonly ExplainedOperation[]): ExplainedOperation[][] {
  const groups: ExplainedOperation[][] = [];
  let last: ExplainedOperation | undefined;
  for (const operation of operations) {
    if (last?.origin === operation.origin && last.action === operation.action) groups.at(-1)?.push(operation);
    else groups.push([operation]);
    last = operation;
  }
  return groups;
}

interface Surroundings extends Explained {
  readonly width: number;
}

function groupLines(group: readonly ExplainedOperation[], { document, operations, width }: Surroundings): Group {
  const { origin = '', action = '' } = group[0] ?? {};
  const isInBundle = bundleMark(document);
  const own = group.map(({ index }) => operations[index] as Operation);
  const keys = printCanonically(own, isInBundle);
  const lines: Line[] = [];
  for (const [i, { index, text }] of group.entries()) {
    const operation = own[i] as Operation;
    const ways = operation.kind in CONTROLS ? '' : printWays(operation as Call);
    // As errors count them.
    lines.push({ text: `${String(index + 1).padStart(width)}  ${text}${ways}`, key: keys[i] ?? '' });
    for (const said of meanwhile(document, index)) {
      lines.push({ text: `${' '.repeat(width)}    > ${said}`, key: isInBundle(said.replace(/ {2}\[\/[^\]]*\]$/, '')) });
    }
  }
  const heading = `${action}${originMark(origin)}`;
  return { heading: { text: heading, key: isInBundle(`${action} ${anyIndex(origin)}`) }, lines };
}

/** Where an entry is in a list says nothing of what it is. */
function anyIndex(pointer: string): string {
  return pointer.replace(/\/\d+(?=\/|$)/g, '/*');
}

/** Two bundles are compared as if they were in one place. */
function bundleMark({ container: { bundle } }: Explanation): (text: string) => string {
  return (text) => (text === bundle ? '<bundle>' : text.replaceAll(`${bundle}/`, '<bundle>/'));
}

/** What the runtime does while the operation waits. */
function meanwhile(document: Explanation, operation: number): string[] {
  const wait = document.waits.find((candidate) => candidate.operation === operation);
  if (wait === undefined) return [];
  if (wait.reason === 'start') return created(document, operation);
  return [...STORIES[wait.reason](document), ...hookStories(document, operation)].map((story) => `nunc ${story}`);
}

/** The wait that may be long. */
function created(document: Explanation, operation: number): string[] {
  const { container: { state } } = document;
  return [
    `nunc create writes ${state}/state.json and ends: the container is "created", its init waits here`,
    ...hookStories(document, operation).map((story) => `nunc start ${story}`),
    `nunc start writes to ${state}/gate: the init goes on`,
  ];
}

function hookStories({ hooks }: Explanation, operation: number): string[] {
  return hooks.filter((hook) => hook.operation === operation).map(({ path, args, origin, namespaces }) => {
    const command = `${JSON.stringify(path)} ${JSON.stringify(args)}`;
    return `runs the hook ${command} in the namespaces of the ${namespaces}${originMark(origin)}`;
  });
}

const STORIES: Readonly<Record<Exclude<WaitReason, 'start'>, (document: Explanation) => string[]>> = {
  'id-maps': mapStories,
  'network-devices': ({ networkDevices }) => networkDevices.map(({ name, inside, origin }) => {
    const [from, to] = [JSON.stringify(name), JSON.stringify(inside)];
    return `moves the network device ${from} into the namespace, as ${to}${originMark(origin)}`;
  }),
  hooks: () => [],
  terminal: () => ['takes the terminal out of the socket, and hands it to whoever is to have it'],
  'copy-up': () => ['copies what the directory holds into the tmpfs that is to cover it'],
  listener: () => ['takes the seccomp listener out of the init (pidfd_getfd(2)), and sends it to the agent'],
  'mount-target': () => ['makes the target of the mount'],
  attaching: () => ['takes note of the mount'],
  signals: () => ['passes signals on from here on'],
};

function mapStories({ idMaps }: Explanation): string[] {
  if (idMaps === undefined) return [];
  const { uid, gid, uidWriter, gidWriter, denySetgroups } = idMaps;
  const verb = (writer: string): string => (writer === 'runtime' ? 'writes' : `has ${writer}(1) write`);
  return [
    `${verb(uidWriter)} ${JSON.stringify(uid)} to the uid_map of the init  [/linux/uidMappings]`,
    ...(denySetgroups ? ['writes "deny" to its setgroups'] : []),
    `${verb(gidWriter)} ${JSON.stringify(gid)} to its gid_map  [/linux/gidMappings]`,
  ];
}
