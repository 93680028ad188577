// The vocabulary of netlink(7) and rtnetlink(7), under its names in <linux/netlink.h>, <linux/rtnetlink.h>,
// <linux/if_link.h> and <linux/if_addr.h>: what network/ uses of it.

export const AF_NETLINK = 16;
export const NETLINK_ROUTE = 0;
export const SOL_NETLINK = 270;
export const NETLINK_CAP_ACK = 10;
export const NETLINK_EXT_ACK = 11;

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLM_F_REQUEST = 1;
export const NLM_F_ACK = 4;
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_CAPPED = 0x100;
export const NLM_F_ACK_TLVS = 0x200;
export const NLM_F_DUMP = 0x300;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_CREATE = 0x400;
export const NLMSGERR_ATTR_MSG = 1;
/** What of an attribute's type is not a flag. */
export const NLA_TYPE_MASK = 0x3fff;

export const RTM_NEWLINK = 16;
export const RTM_GETLINK = 18;
export const RTM_NEWADDR = 20;
export const RTM_GETADDR = 22;

/** sizeof(struct ifinfomsg) and sizeof(struct ifaddrmsg). */
export const IFINFOMSG_SIZE = 16;
export const IFADDRMSG_SIZE = 8;

export const IFLA_IFNAME = 3;
export const IFLA_NET_NS_FD = 28;
export const IFLA_NEW_IFINDEX = 49;

export const IFA_ADDRESS = 1;
export const IFA_LOCAL = 2;
export const IFA_LABEL = 3;
export const IFA_BROADCAST = 4;
export const IFA_CACHEINFO = 6;
export const IFA_FLAGS = 8;
export const IFA_RT_PRIORITY = 9;
export const IFA_PROTO = 11;
/** Of an IPv6 address: made by the kernel for privacy, for a while. */
export const IFA_F_TEMPORARY = 1;
export const IFA_F_PERMANENT = 0x80;
export const RT_SCOPE_UNIVERSE = 0;
