// Rules for linux.memoryPolicy: set_mempolicy(2). Which nodes there are, and which flags go with which mode, is for the
// kernel to say.

import { problem, type Report, show } from '../report.ts';
import type { MemoryPolicyMode, Spec } from '../types.ts';
import { parseNumberList } from './number-list.ts';

/** The highest number that set_mempolicy(2) can be told: it takes no more than a page (of 4 KiB) of bits. */
export const LAST_MEMORY_NODE = 4096 * 8 - 1;

const WITHOUT_NODES: readonly MemoryPolicyMode[] = ['MPOL_DEFAULT', 'MPOL_LOCAL'];
const WITH_NODES: readonly MemoryPolicyMode[] = [
  'MPOL_BIND', 'MPOL_INTERLEAVE', 'MPOL_WEIGHTED_INTERLEAVE', 'MPOL_PREFERRED_MANY',
];

export function checkMemoryPolicy({ linux }: Spec, report: Report): void {
  const policy = linux?.memoryPolicy;
  if (policy === undefined) return;
  const { mode, nodes = '', flags = [] } = policy;
  const ranges = parseNumberList(nodes, LAST_MEMORY_NODE);
  const pointer = '/linux/memoryPolicy/nodes';
  if (ranges === undefined) {
    const what = `a list of memory nodes such as 0-3,7, up to ${LAST_MEMORY_NODE}`;
    problem(report, pointer, `${show(nodes)} is not ${what}`);
  } else if (ranges.length > 0 && WITHOUT_NODES.includes(mode)) {
    problem(report, pointer, `${show(nodes)} is not allowed with ${mode}, which takes no nodes`);
  } else if (ranges.length === 0 && WITH_NODES.includes(mode)) {
    problem(report, pointer, `without nodes, but ${mode} needs at least one`);
  }
  if (flags.includes('MPOL_F_STATIC_NODES') && flags.includes('MPOL_F_RELATIVE_NODES')) {
    problem(report, '/linux/memoryPolicy/flags', 'MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other');
  }
}
