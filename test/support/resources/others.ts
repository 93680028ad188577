// hugepageLimits, network, pids, rdma and unified of linux.resources.

import { MB, NO_EQUIVALENT, type ResourceCase } from './case.ts';

export const otherCases: readonly ResourceCase[] = [
  {
    name: 'hugepageLimits', properties: ['hugepageLimits[].pageSize', 'hugepageLimits[].limit'], controller: 'hugetlb',
    resources: { hugepageLimits: [{ pageSize: '2MB', limit: 4 * MB }] },
    v1: { 'hugetlb.2MB.limit_in_bytes': '4194304', 'hugetlb.2MB.rsvd.limit_in_bytes': '4194304' },
    v2: { 'hugetlb.2MB.max': '4194304', 'hugetlb.2MB.rsvd.max': '4194304' },
  },
  {
    name: 'hugepageLimits 0', controller: 'hugetlb',
    resources: { hugepageLimits: [{ pageSize: '2MB', limit: 0 }] },
    v1: { 'hugetlb.2MB.limit_in_bytes': '0', 'hugetlb.2MB.rsvd.limit_in_bytes': '0' },
    v2: { 'hugetlb.2MB.max': '0', 'hugetlb.2MB.rsvd.max': '0' },
  },
  {
    name: 'network.classID', properties: ['network.classID'], controller: 'net_cls',
    resources: { network: { classID: 1_048_577 } },
    v1: { 'net_cls.classid': '1048577' },
    v2: NO_EQUIVALENT,
  },
  {
    name: 'network.priorities', controller: 'net_prio',
    properties: ['network.priorities[].name', 'network.priorities[].priority'],
    resources: { network: { priorities: [{ name: 'lo', priority: 5 }] } },
    v1: { 'net_prio.ifpriomap': /^lo 5$/m },
    v2: NO_EQUIVALENT,
  },
  {
    name: 'pids.limit', properties: ['pids.limit'], controller: 'pids',
    resources: { pids: { limit: 100 } },
    v1: { 'pids.max': '100' },
    v2: { 'pids.max': '100' },
  },
  {
    name: 'pids.limit 1', controller: 'pids',
    resources: { pids: { limit: 1 } },
    v1: { 'pids.max': '1' },
    v2: { 'pids.max': '1' },
  },
  {
    name: 'pids.limit 0', controller: 'pids',
    // With one process in it a cgroup has no room for another with either.
    resources: { pids: { limit: 0 } },
    v1: { 'pids.max': '1' },
    v2: { 'pids.max': '1' },
  },
  {
    name: 'pids.limit -1', controller: 'pids',
    resources: { pids: { limit: -1 } },
    v1: { 'pids.max': 'max' },
    v2: { 'pids.max': 'max' },
  },
  {
    name: 'rdma', properties: ['rdma.*.hcaHandles', 'rdma.*.hcaObjects'], controller: 'rdma',
    // No machine of the tests has such a device.
    resources: { rdma: { mlx5_0: { hcaHandles: 3, hcaObjects: 4 } } },
    v1: /rdma\/mlx5_0: write "mlx5_0 hca_handle=3 hca_object=4" to ".*\/rdma\.max": .*; there is no such RDMA device$/,
    v2: /rdma\/mlx5_0: write "mlx5_0 hca_handle=3 hca_object=4" to ".*\/rdma\.max": .*; there is no such RDMA device$/,
  },
  {
    name: 'unified of hugetlb', properties: ['unified.*'], controller: 'hugetlb',
    resources: { unified: { 'hugetlb.2MB.max': '2097152' } },
    v1: /unified\/hugetlb\.2MB\.max: (the container has no cgroup in a v2 tree|the cgroup v2 tree .*hugetlb)$/,
    v2: { 'hugetlb.2MB.max': '2097152' },
  },
  {
    name: 'unified of memory', controller: 'memory',
    resources: { unified: { 'memory.high': '33554432', 'memory.max': '67108864' }, memory: { limit: 16 * MB } },
    v1: /no cgroup in a v2 tree$|tree of this host does not have the controller memory$/,
    v2: { 'memory.high': '33554432', 'memory.max': '67108864' },
  },
  {
    name: 'unified of misc', controller: 'misc',
    resources: { unified: { 'misc.max': 'nothing 5' } },
    v1: /no cgroup in a v2 tree$/,
    v2: /unified\/misc\.max: write "nothing 5" to ".*\/misc\.max": invalid argument$/,
  },
];
