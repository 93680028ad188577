// Names of systemd's units, and where their cgroups are (systemd.slice(5), systemd.unit(5)). Pure.

/** What a unit's name may hold, its suffix included. */
const UNIT_NAME = /^[A-Za-z0-9:_.\\@-]+$/;
const MAX_LENGTH = 255;
const SLICE = '.slice';

export function isUnitName(name: string): boolean {
  return UNIT_NAME.test(name) && name.length <= MAX_LENGTH;
}

export function isSlice(name: string): boolean {
  return name.endsWith(SLICE);
}

/** An id as a part of a unit's name: `+`, which ids may hold and units may not, as systemd-escape(1) writes it. */
export function escapeId(id: string): string {
  return id.replaceAll('+', String.raw`\x2b`);
}

/** A slice's cgroup below systemd's root: `a-b.slice` → `/a.slice/a-b.slice`. @returns undefined for no slice */
export function expandSlice(slice: string): string | undefined {
  if (slice === '-.slice') return '';
  if (!isSlice(slice) || !isUnitName(slice)) return undefined;
  let path = '';
  let prefix = '';
  for (const component of slice.slice(0, -SLICE.length).split('-')) {
    if (component === '') return undefined;
    path += `/${prefix}${component}${SLICE}`;
    prefix += `${component}-`;
  }
  return path;
}
