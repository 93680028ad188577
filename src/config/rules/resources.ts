// Rules for linux.resources that hold on every host; what a cgroup version can't do is the cgroup drivers' to say.

import { problem, type Report, show, token } from '../report.ts';
import type { LinuxResources, Spec } from '../types.ts';

export function checkResources({ linux }: Spec, report: Report): void {
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
    const access = devices[i]?.access ?? '';
    if (!isAccess(access)) {
      problem(report, `/linux/resources/devices/${i}/access`, `${show(access)} has more than the letters r, w and m`);
    }
  }
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
