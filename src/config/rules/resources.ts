// Rules for linux.resources that hold on every host; what a cgroup version can't do is the cgroup drivers' to say.

import { problem, type Report, show, token, warning } from '../report.ts';
import type { DeviceRule, LinuxResources, Spec } from '../types.ts';

export function checkResources({ linux }: Pick<Spec, 'linux'>, report: Report): void {
  const resources = linux?.resources;
  if (resources === undefined) return;
  checkDeviceRules(resources, report);
  checkBlockIo(resources, report);
  checkHugepages(resources, report);
  checkCpu(resources, report);
  checkNames(resources, report);
}

function checkDeviceRules({ devices }: LinuxResources, report: Report): void {
  if (devices === undefined) return;
  for (let i = 0; i < devices.length; i++) {
    const { type = '', access = '', major = ANY, minor = ANY } = devices[i] as DeviceRule;
    const pointer = `/linux/resources/devices/${i}`;
    if (!isAccess(access)) {
      problem(report, `${pointer}/access`, `${show(access)} has more than the letters r, w and m`);
    }
    checkNumber(report, `${pointer}/major`, major);
    checkNumber(report, `${pointer}/minor`, minor);
    const isPartial = major !== ANY || minor !== ANY || (access !== '' && !isWholeAccess(access));
    if (type !== 'b' && type !== 'c' && isPartial) {
      warning(report, pointer, 'a rule for all types of devices is for all devices and every access, whatever it says');
    }
  }
}

function isWholeAccess(access: string): boolean {
  return access.includes('r') && access.includes('w') && access.includes('m');
}

/** What old managers write for an absent number. */
const ANY = -1;
/** The kernel's own word for all numbers, and no number. */
const NO_NUMBER = 0xffff_ffff;

function checkNumber(report: Report, pointer: string, number: number): void {
  if (number >= ANY && number < NO_NUMBER) return;
  problem(report, pointer, `${show(number)} is not a device number, which are 0 to ${NO_NUMBER - 1}`);
}

function isAccess(access: string): boolean {
  for (let i = 0; i < access.length; i++) {
    if (!'rwm'.includes(access.charAt(i))) return false;
  }
  return true;
}

function checkBlockIo({ blockIO }: LinuxResources, report: Report): void {
  for (const [i, { weight, leafWeight }] of (blockIO?.weightDevice ?? []).entries()) {
    if (weight === undefined && leafWeight === undefined) {
      const text = 'neither weight nor leafWeight, at least one is required';
      problem(report, `/linux/resources/blockIO/weightDevice/${i}`, text);
    }
  }
}

function checkHugepages({ hugepageLimits }: LinuxResources, report: Report): void {
  for (const [i, { pageSize }] of (hugepageLimits ?? []).entries()) {
    if (!/^[1-9][0-9]*[KMG]B$/.test(pageSize)) {
      const text = `${show(pageSize)} is not a size such as 64KB, 2MB, 1GB`;
      problem(report, `/linux/resources/hugepageLimits/${i}/pageSize`, text);
    }
  }
}

function checkCpu({ cpu }: LinuxResources, report: Report): void {
  const { quota = 0, burst = 0 } = cpu ?? {};
  if (quota > 0 && burst > quota) {
    problem(report, '/linux/resources/cpu/burst', `${burst} is more than the quota ${quota}`);
  }
}

/** Keys that become file names or lines of a file. */
function checkNames({ rdma, unified }: LinuxResources, report: Report): void {
  for (const [device, { hcaHandles, hcaObjects }] of Object.entries(rdma ?? {})) {
    if (hcaHandles === undefined && hcaObjects === undefined) {
      const text = 'neither hcaHandles nor hcaObjects, at least one is required';
      problem(report, `/linux/resources/rdma/${token(device)}`, text);
    }
  }
  for (const file of Object.keys(unified ?? {})) {
    if (file.includes('/') || !file.includes('.', 1)) {
      const text = `${show(file)} is not the name of a file in a cgroup, such as memory.high`;
      problem(report, `/linux/resources/unified/${token(file)}`, text);
    }
  }
}
