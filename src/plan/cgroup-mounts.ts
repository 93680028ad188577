// Mounts of type cgroup. They are clones of the host's own cgroup mounts: mounting the file system anew would cost a
// grace period of the kernel's, and outside a cgroup namespace would change the options of the host's mount
// (nsdelegate). Only in a cgroup namespace that is joined nothing else will do.

import { namespaceSource } from '../config/rules/namespaces.ts';
import type { Mount } from '../config/types.ts';
import * as L from '../linux/constants.ts';
import type { CgroupHierarchy, CreateDraft } from './create-draft.ts';
import { call } from './draft.ts';
import { makeFileSystem } from './file-systems.ts';
import { type MountOptions, parseMountOptions } from './mount-options.ts';
import {
  attach, cloneTree, NO_CHANGE, READONLY, setAttributes, setRecursiveAndPropagation, withoutClearing,
} from './mount-steps.ts';
import { openTarget } from './mount-targets.ts';
import { openInRoot, pathInRoot } from './paths.ts';
import { inheritedPropagation } from './pivot-root.ts';
import { isConfined } from './rights.ts';

/** Mounts the container's view of its cgroups at the mount's destination. */
export function mountCgroup(draft: CreateDraft, mount: Mount, options: MountOptions): void {
  const cgroups = [...draft.input.cgroups, ...draft.input.inheritedCgroups];
  const unified = cgroups.find((cgroup) => cgroup.version === 2);
  if (unified !== undefined && (mount.type === 'cgroup2' || cgroups.length === 1)) {
    makeView(draft, unified);
    const { attributes } = options;
    const change = isConfined(draft.input) ? withoutClearing(attributes) : attributes;
    setAttributes(draft, { slot: draft.tree }, { change });
    protectView(draft, unified);
    setRecursiveAndPropagation(draft, { slot: draft.tree }, options);
    openTarget(draft, mount.destination, 'directory');
    attach(draft, draft.tree);
  } else mountHierarchies(draft, mount, options);
}

/** Leaves what the container sees of a hierarchy in `draft.tree`, detached. */
function makeView(draft: CreateDraft, cgroup: CgroupHierarchy): void {
  if (namespaceSource(draft.input.spec, 'cgroup') !== 'joined') {
    cloneTree(draft, visibleDirectory(draft, cgroup), { recursive: false, result: draft.tree });
    // Or what the container mounts there would appear on the host.
    if (inheritedPropagation(draft) === L.MS_SHARED) {
      setAttributes(draft, { slot: draft.tree }, { change: NO_CHANGE, propagation: L.MS_PRIVATE });
    }
    return;
  }
  // Which directory is the root of a joined namespace only the kernel knows: a new mount shows it.
  const mount = { type: cgroup.version === 2 ? 'cgroup2' : 'cgroup', source: 'cgroup', destination: cgroup.mountpoint };
  makeFileSystem(draft, mount, parseMountOptions(cgroup.version === 2 ? [] : hierarchyOptions(cgroup)));
}

/** The options that name a v1 hierarchy, see cgroups(7). */
function hierarchyOptions({ controllers }: CgroupHierarchy): string[] {
  const isNamed = controllers.every((controller) => controller.startsWith('name='));
  return isNamed ? ['none', ...controllers] : [...controllers];
}

/** In a cgroup namespace the container's own directory is the hierarchy's root. */
function visibleDirectory(draft: CreateDraft, cgroup: CgroupHierarchy): string {
  const isRoot = cgroup.version === 1 || namespaceSource(draft.input.spec, 'cgroup') === 'new';
  return isRoot ? cgroup.path : cgroup.mountpoint;
}

/** Cgroups that are not the container's own are not its to write to, which their files' modes don't prevent where
 * the runtime's user owns them (CVE-2023-25809). */
function protectView(draft: CreateDraft, cgroup: CgroupHierarchy): void {
  const { input } = draft;
  const isJoined = namespaceSource(input.spec, 'cgroup') === 'joined';
  const showsOthers = !isJoined && visibleDirectory(draft, cgroup) !== cgroup.path;
  const isForeign = input.inheritedCgroups.includes(cgroup) || (showsOthers && isConfined(input));
  if (isForeign) setAttributes(draft, { slot: draft.tree }, { change: READONLY });
}

const SAFE = ['nosuid', 'nodev', 'noexec'];

/** v1: a tmpfs with a directory for each hierarchy, and a symbolic link for each controller of a joint one. */
function mountHierarchies(draft: CreateDraft, mount: Mount, options: MountOptions): void {
  const { cgroups, inheritedCgroups } = draft.input;
  const hierarchies = [...cgroups, ...inheritedCgroups].filter((cgroup) => cgroup.version === 1);
  openTarget(draft, mount.destination, 'directory');
  const tmpfs = { type: 'tmpfs', source: 'tmpfs', destination: mount.destination };
  makeFileSystem(draft, tmpfs, parseMountOptions([...SAFE, 'mode=755']));
  for (const hierarchy of hierarchies) {
    const name = nameOf(hierarchy);
    call(draft, 'mkdirat', [{ slot: draft.tree }, { text: name }, 0o755]);
    if (hierarchy.controllers.length < 2) continue;
    for (const controller of hierarchy.controllers) {
      call(draft, 'symlinkat', [{ text: name }, { slot: draft.tree }, { text: controller }]);
    }
  }
  attach(draft, draft.tree);
  const readonly = (options.attributes.set & L.MOUNT_ATTR_RDONLY) !== 0;
  const { attributes } = parseMountOptions(readonly ? [...SAFE, 'ro'] : SAFE);
  const directory = pathInRoot(mount.destination);
  for (const hierarchy of hierarchies) {
    makeView(draft, hierarchy);
    setAttributes(draft, { slot: draft.tree }, { change: attributes });
    protectView(draft, hierarchy);
    openInRoot(draft, { slot: draft.root }, { path: `${directory}/${nameOf(hierarchy)}`, result: draft.target });
    attach(draft, draft.tree);
  }
  if (readonly) draft.readonlyLater.push({ destination: mount.destination, origin: draft.origin });
}

function nameOf(hierarchy: CgroupHierarchy): string {
  return hierarchy.mountpoint.slice(hierarchy.mountpoint.lastIndexOf('/') + 1);
}
