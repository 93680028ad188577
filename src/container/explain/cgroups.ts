// The cgroups that a container is planned to have, as data: directories, the files written and their values, device
// rules, systemd's unit. Changes no cgroup.

import { existsSync, readFileSync } from 'node:fs';
import { describeRule, deviceCgroup, foldDeviceRules } from '../../cgroup/devices/plan.ts';
import { parseDeviceList, planTransition, type PresentList } from '../../cgroup/devices/transition.ts';
import { parentOf } from '../../cgroup/directory.ts';
import type { CgroupContents, CgroupPlacement, PlacedCgroup } from '../../cgroup/driver.ts';
import type { Setting } from '../../cgroup/setting.ts';
import type { Property } from '../../cgroup/systemd/properties.ts';
import type { Value, Variant } from '../../dbus/value.ts';
import { compileDeviceProgram } from '../../ebpf/device-program.ts';
import { disassembleDeviceProgram } from '../../ebpf/disassemble.ts';
import type { ExplainedCgroup, ExplainedCgroups, ExplainedFile, ExplainedUnit, Explanation } from './document.ts';

type Planned = Readonly<{ placement: CgroupPlacement; contents: CgroupContents }>;

/**
 * What create does before the init is there, and right after.
 *
 * @param above what devices the cgroup above allows, which a new one of v1 starts with
 */
export async function explainCgroups({ placement, contents }: Planned, above: PresentList): Promise<ExplainedCgroups> {
  const { manager, mode, cgroupsPath, cgroups, inherited = [] } = placement;
  const unit = await explainUnit({ placement, contents });
  return {
    manager,
    mode,
    path: cgroupsPath,
    directories: cgroups.map(explainCgroup),
    inherited: inherited.map(explainCgroup),
    files: contents.settings.flatMap((setting) => explainSetting(setting, cgroups) ?? []),
    deviceFiles: explainDeviceFiles({ placement, contents }, above),
    ...(contents.owner === undefined ? {} : { owner: contents.owner }),
    ...(unit === undefined ? {} : { unit }),
  };
}

function explainCgroup({ version, controllers, path }: PlacedCgroup): ExplainedCgroup {
  return { version, controllers, path };
}

function explainSetting(setting: Setting, cgroups: readonly PlacedCgroup[]): ExplainedFile | undefined {
  const { cgroup, file, value, origin, isDefault, late, optional, otherwise } = setting;
  const directory = cgroups[cgroup]?.path;
  if (directory === undefined) return undefined;
  const when = isDefault === true ? 'not-new' : late === true ? 'late' : undefined;
  return {
    path: `${directory}/${file}`,
    value,
    origin,
    ...(when === undefined ? {} : { when }),
    ...(optional === true ? { optional } : {}),
    ...(otherwise === undefined ? {}
      : { otherwise: { path: `${directory}/${otherwise.file}`, value: otherwise.value } }),
  };
}

function explainDeviceFiles({ placement, contents: { deviceRules } }: Planned, above: PresentList): ExplainedFile[] {
  const cgroup = deviceCgroup(placement);
  if (deviceRules === undefined || cgroup?.version !== 1) return [];
  return planTransition(above, foldDeviceRules(deviceRules)).map(({ file, value, source }) => (
    { path: `${cgroup.path}/${file}`, value, origin: originOf(deviceRules, source) }));
}

const EVERYTHING: PresentList = { allows: true };

/** What devices the nearest cgroup above allows that there is. */
export function devicesAbove(placement: CgroupPlacement): PresentList {
  const cgroup = deviceCgroup(placement);
  if (cgroup?.version !== 1) return EVERYTHING;
  for (let path = parentOf(cgroup.path); path.startsWith(cgroup.mountpoint); path = parentOf(path)) {
    const file = `${path}/devices.list`;
    if (existsSync(file)) return parseDeviceList(readFileSync(file, 'latin1'));
  }
  return EVERYTHING;
}

/** The same of a host that can't be looked at. */
export function devicesAssumed(placement: CgroupPlacement, assume: (assumption: string) => void): PresentList {
  if (deviceCgroup(placement)?.version === 1) assume('the cgroup above allows every device');
  return EVERYTHING;
}

function originOf(rules: NonNullable<CgroupContents['deviceRules']>, source: number): string {
  const story = describeRule(rules, source);
  return story.startsWith('/') ? story : '';
}

/** The program for cgroup v2; undefined where there is none to load. */
export function explainDeviceProgram({ placement, contents: { deviceRules } }: Planned): Explanation['deviceProgram'] {
  const cgroup = deviceCgroup(placement);
  if (deviceRules === undefined || cgroup?.version !== 2) return undefined;
  const program = compileDeviceProgram(foldDeviceRules(deviceRules));
  return { cgroup: cgroup.path, instructions: disassembleDeviceProgram(program) };
}

/** Only where systemd makes the cgroup. */
async function explainUnit({ placement, contents }: Planned): Promise<ExplainedUnit | undefined> {
  const { unit } = placement;
  if (unit === undefined) return undefined;
  const [{ scopeProperties }, { deviceProperties }] = await Promise.all([
    import('../../cgroup/systemd/scope.ts'), import('../../cgroup/systemd/devices.ts'),
  ]);
  const devices = deviceProperties(placement, contents.deviceRules);
  // Of the process that holds the scope until the init is in it; it has no pid yet.
  const properties = scopeProperties(unit, { contents, pid: 0, devices }).filter(([name]) => name !== 'PIDs');
  return { name: unit.name, bus: unit.bus, properties: properties.map(explainProperty) };
}

function explainProperty([name, { signature, value }]: Property): ExplainedUnit['properties'][number] {
  return { name, type: signature, value: formatValue(value) };
}

function formatValue(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object') return String(value);
  if (!isList(value)) return formatValue(value.value);
  return `[${value.map(formatValue).join(', ')}]`;
}

function isList(value: Variant | readonly Value[]): value is readonly Value[] {
  return Array.isArray(value);
}
