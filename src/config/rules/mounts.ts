// Rules for mounts. What the options mean is the planner's.

import { problem, type Report, show, warning } from '../report.ts';
import type { Mount, Spec } from '../types.ts';
import { checkMappings } from './id-mappings.ts';

export function checkMounts({ mounts }: Spec, report: Report): void {
  if (mounts === undefined) return;
  for (let i = 0; i < mounts.length; i++) {
    const mount = mounts[i] as Mount;
    checkDestination(mount, `/mounts/${i}/destination`, report);
    checkSource(mount, `/mounts/${i}`, report);
    checkMountMappings(mount, `/mounts/${i}`, report);
  }
}

// '.' sorts before it, what names start with after it.
const SLASH = 0x2f;

/** config.md: relative destinations are deprecated and start at `/`. */
function checkDestination({ destination }: Mount, pointer: string, report: Report): void {
  if (destination === '') {
    problem(report, pointer, '"" is not a path');
  } else if (isRootDirectory(destination)) {
    problem(report, pointer, `${show(destination)} is the container's root, which nothing can be mounted on`);
  } else if (!destination.startsWith('/')) {
    warning(report, pointer, `${show(destination)} is not an absolute path, taken as relative to "/"`);
  }
}

function isRootDirectory(path: string): boolean {
  // Nearly every path: not worth splitting it.
  if (path.charCodeAt(0) === SLASH && path.charCodeAt(1) > SLASH && !path.includes('..')) return false;
  let depth = 0;
  for (const component of path.split('/')) {
    if (component === '..') depth = Math.max(0, depth - 1);
    else if (component !== '' && component !== '.') depth++;
  }
  return depth === 0;
}

function checkSource({ type = '', source = '', options }: Mount, pointer: string, report: Report): void {
  let bind = false;
  let remount = false;
  for (const option of options ?? []) {
    if (option === 'bind' || option === 'rbind') bind = true;
    else if (option === 'remount') remount = true;
  }
  if (remount) return;
  if (bind) {
    if (source === '') problem(report, `${pointer}/source`, 'missing, but a bind mount requires it');
  } else if (type === '') {
    problem(report, `${pointer}/type`, 'missing, but required unless the options have bind, rbind or remount');
  }
}

function checkMountMappings({ uidMappings, gidMappings }: Mount, pointer: string, report: Report): void {
  if (uidMappings === undefined && gidMappings === undefined) return;
  const uids = uidMappings ?? [];
  const gids = gidMappings ?? [];
  if (uids.length === 0 && gids.length > 0) {
    problem(report, `${pointer}/uidMappings`, 'missing, but required with gidMappings');
  }
  if (gids.length === 0 && uids.length > 0) {
    problem(report, `${pointer}/gidMappings`, 'missing, but required with uidMappings');
  }
  checkMappings(uids, `${pointer}/uidMappings`, report);
  checkMappings(gids, `${pointer}/gidMappings`, report);
}
