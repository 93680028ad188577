// What a cgroup driver would do to make a container's cgroups, as plain data: for a file that does it by itself. Writes
// nothing. The cgroups are taken to be new.

import { compileDeviceProgram } from '../ebpf/device-program.ts';
import { errno,errnoMessage } from '../linux/errno.ts';
import type { CgroupWrite, DeviceProgram } from '../plan/standalone/input.ts';
import { describeRule, deviceCgroup, foldDeviceRules } from './devices/plan.ts';
import { planTransition } from './devices/transition.ts';
import type { CgroupContents, CgroupPlacement } from './driver.ts';
import { likelyReasons } from './explain.ts';
import type { Setting } from './setting.ts';

/** struct bpf_insn. */
const INSTRUCTION_SIZE = 8;

/** The limits. Those of new cgroups need not be written. */
export function settingWrites({ cgroups }: CgroupPlacement, settings: readonly Setting[]): CgroupWrite[] {
  const writes: CgroupWrite[] = [];
  for (const setting of settings) {
    const cgroup = cgroups[setting.cgroup];
    if (cgroup === undefined || setting.isDefault === true) continue;
    const { origin, optional = false, otherwise } = setting;
    const write = ({ file, value }: { file: string; value: string }): CgroupWrite => ({
      origin: pointerOf(origin),
      action: `set ${origin}: write ${JSON.stringify(value)} to "${cgroup.path}/${file}"`,
      path: `${cgroup.path}/${file}`,
      value,
      optional,
      reasons: likelyReasons(cgroup, file),
    });
    writes.push({ ...write(setting), ...(otherwise === undefined ? {} : { otherwise: write(otherwise) }) });
  }
  return writes;
}

/** A setting can have several origins. */
function pointerOf(origin: string): string {
  return origin.split(/[ ,]/, 1)[0] ?? '';
}

/** The device rules: writes in v1, a program in v2. A new cgroup is taken to allow every device. */
export function deviceContents(
  placement: CgroupPlacement,
  { deviceRules: rules }: CgroupContents,
): { readonly writes: readonly CgroupWrite[]; readonly program: DeviceProgram | undefined } {
  const cgroup = deviceCgroup(placement);
  if (rules === undefined || cgroup === undefined) return { writes: [], program: undefined };
  const list = foldDeviceRules(rules);
  if (cgroup.version === 2) {
    const idle = list.allows && list.exceptions.length === 0;
    const instructions = idle ? new Uint8Array() : compileDeviceProgram(list);
    const program = { instructions, count: instructions.length / INSTRUCTION_SIZE };
    return { writes: [], program: idle ? undefined : program };
  }
  const denied = `${errnoMessage(errno.EPERM)} (the cgroup above does not allow it)`;
  const writes = planTransition({ allows: true }, list).map(({ file, value, source }): CgroupWrite => ({
    origin: '/linux/resources/devices',
    action: `set ${describeRule(rules, source)}: write ${JSON.stringify(value)} to "${cgroup.path}/${file}"`,
    path: `${cgroup.path}/${file}`,
    value,
    reasons: [{ errno: errno.EPERM, text: denied }],
  }));
  return { writes, program: undefined };
}
