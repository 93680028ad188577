import { refuses } from './cases.ts';

const LIST = 'a list of memory nodes such as 0-3,7, up to 32767';

refuses('memoryPolicy', [
  [
    'what is no list of nodes',
    { '/linux/memoryPolicy': { mode: 'MPOL_BIND', nodes: '0-3;5' } },
    `/linux/memoryPolicy/nodes: "0-3;5" is not ${LIST}`,
  ],
  [
    'a node that no kernel can be told of',
    { '/linux/memoryPolicy': { mode: 'MPOL_BIND', nodes: '0-32768' } },
    `/linux/memoryPolicy/nodes: "0-32768" is not ${LIST}`,
  ],
  [
    'nodes where there can be none',
    { '/linux/memoryPolicy': { mode: 'MPOL_LOCAL', nodes: '0' } },
    '/linux/memoryPolicy/nodes: "0" is not allowed with MPOL_LOCAL, which takes no nodes',
  ],
  [
    'no nodes where there must be some',
    { '/linux/memoryPolicy': { mode: 'MPOL_INTERLEAVE', nodes: '' } },
    '/linux/memoryPolicy/nodes: without nodes, but MPOL_INTERLEAVE needs at least one',
  ],
  [
    'flags that exclude each other',
    {
      '/linux/memoryPolicy': {
        mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_STATIC_NODES', 'MPOL_F_NUMA_BALANCING', 'MPOL_F_RELATIVE_NODES'],
      },
    },
    '/linux/memoryPolicy/flags: MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other',
  ],
]);
