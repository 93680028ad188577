// The kernel's vocabulary of bpf(2), as far as device programs need it, under its names in <linux/bpf.h>.

export const BPF_PROG_LOAD = 5;
export const BPF_PROG_ATTACH = 8;
export const BPF_PROG_DETACH = 9;
export const BPF_PROG_GET_FD_BY_ID = 13;
export const BPF_OBJ_GET_INFO_BY_FD = 15;
export const BPF_PROG_QUERY = 16;

export const BPF_PROG_TYPE_CGROUP_DEVICE = 15;
/** The attach type. */
export const BPF_CGROUP_DEVICE = 6;
export const BPF_F_ALLOW_MULTI = 2;
export const BPF_F_REPLACE = 4;
/** Most programs of one type that a cgroup may have (kernel/bpf/cgroup.c). */
export const BPF_CGROUP_MAX_PROGS = 64;
