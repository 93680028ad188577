// What the runtime does around the init, as data: namespaces, id maps, descriptors, hooks, network devices, resctrl.

import { token } from '../../config/report.ts';
import { idMapText } from '../../config/rules/id-mappings.ts';
import { namespaceSource } from '../../config/rules/namespaces.ts';
import type { Hook, IntelRdt, Namespace, Spec } from '../../config/types.ts';
import { NAMESPACE_TYPE_WORDS } from '../../config/types.ts';
import type { HostFacts } from '../../host/facts.ts';
import { forbidsSetgroups, needsHelper } from '../../launch/id-maps.ts';
import type { CreatePlan } from '../../plan/create-plan.ts';
import { argumentsOf } from '../../plan/hook-plan.ts';
import type { Wait } from '../../plan/waits.ts';
import { groupOf, planGroup, schemataOf } from '../../resctrl/group.ts';
import { findResctrl } from '../surroundings.ts';
import type {
  ExplainedDescriptor, ExplainedHook, ExplainedIdMaps, ExplainedNamespace, ExplainedNetworkDevice, ExplainedResctrl,
} from './document.ts';

/** Every type that there is. */
export function explainNamespaces(spec: Spec): ExplainedNamespace[] {
  const namespaces = spec.linux?.namespaces ?? [];
  return NAMESPACE_TYPE_WORDS.map((type) => {
    const index = namespaces.findIndex((namespace: Namespace) => namespace.type === type);
    const source = namespaceSource(spec, type);
    const path = namespaces[index]?.path;
    const origin = index < 0 ? '' : `/linux/namespaces/${index}`;
    return { type, source, ...(source === 'joined' && path !== undefined ? { path } : {}), origin };
  });
}

/** What is written, and by whom, while the init waits for it; undefined without a new user namespace. */
export function explainIdMaps(spec: Spec, facts: HostFacts): ExplainedIdMaps | undefined {
  if (namespaceSource(spec, 'user') !== 'new') return undefined;
  const { uidMappings = [], gidMappings = [] } = spec.linux ?? {};
  return {
    uid: idMapText(uidMappings),
    gid: idMapText(gidMappings),
    uidWriter: needsHelper('uid', uidMappings, facts) ? 'newuidmap' : 'runtime',
    gidWriter: needsHelper('gid', gidMappings, facts) ? 'newgidmap' : 'runtime',
    denySetgroups: forbidsSetgroups(gidMappings, facts),
  };
}

/** What the init is spawned with besides the standard streams. */
export function explainDescriptors({ descriptors, hasChannel }: CreatePlan, unified: string | undefined,
): ExplainedDescriptor[] {
  const { firstOwn, report, gate, channel, cgroup, firstNamespace, joined, firstIdMap, idMaps } = descriptors;
  const given: ExplainedDescriptor[] = [];
  for (let number = 3; number < firstOwn; number++) given.push({ number, holds: "the caller's", origin: '' });
  given.push({ number: report, holds: 'the fifo "report", to write to', origin: '' });
  given.push({ number: gate, holds: 'the fifo "gate", to wait at', origin: '' });
  if (hasChannel) given.push({ number: channel, holds: 'a socket to the runtime, for descriptors', origin: '' });
  if (unified !== undefined) {
    given.push({ number: cgroup, holds: `the cgroup ${JSON.stringify(unified)}`, origin: '/linux/cgroupsPath' });
  }
  for (const [i, { type, path, origin }] of joined.entries()) {
    given.push({ number: firstNamespace + i, holds: `the ${type} namespace ${JSON.stringify(path)}`, origin });
  }
  for (const [i, { uids, gids, origin }] of idMaps.entries()) {
    const maps = `uids ${JSON.stringify(uids)} and gids ${JSON.stringify(gids)}`;
    given.push({ number: firstIdMap + i, holds: `a user namespace that maps ${maps}`, origin });
  }
  return given;
}

const LISTS = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'] as const;

/** In the order in which they run. */
export function explainHooks({ hooks = {} }: Spec, waits: readonly Wait[]): ExplainedHook[] {
  const operationOf = (list: (typeof LISTS)[number]): number | undefined => {
    const reason = list === 'startContainer' ? 'start' : list.startsWith('post') ? undefined : 'hooks';
    return waits.find((wait) => wait.reason === reason)?.operation;
  };
  return LISTS.flatMap((list) => (hooks[list] ?? []).map((hook, i) => {
    const operation = operationOf(list);
    return { ...explainHook(list, hook, i), ...(operation === undefined ? {} : { operation }) };
  }));
}

function explainHook(list: (typeof LISTS)[number], hook: Hook, index: number): ExplainedHook {
  const { path, timeout } = hook;
  return {
    origin: `/hooks/${list}/${index}`,
    list,
    path,
    args: argumentsOf(hook),
    ...(timeout === undefined ? {} : { timeout }),
    namespaces: list === 'createContainer' || list === 'startContainer' ? 'container' : 'runtime',
  };
}

export function explainNetworkDevices({ linux }: Spec): ExplainedNetworkDevice[] {
  return Object.entries(linux?.netDevices ?? {}).map(([name, device]) => (
    { name, inside: device.name || name, origin: `/linux/netDevices/${token(name)}` }));
}

/** Where most hosts have it. */
const USUAL_ROOT = '/sys/fs/resctrl';

/**
 * The group of linux.intelRdt.
 *
 * @param elsewhere the host is not this one: which groups it has is not known
 * @throws NuncError as create would
 */
export function explainResctrl(id: string, intelRdt: IntelRdt, elsewhere: boolean): ExplainedResctrl {
  const { directory, monitoring, schemata } = elsewhere
    ? { ...groupOf(USUAL_ROOT, id, intelRdt), schemata: schemataOf(intelRdt).writes }
    : planGroup(findResctrl(), id, intelRdt);
  return { directory, ...(monitoring === undefined ? {} : { monitoring }), schemata, config: intelRdt };
}
