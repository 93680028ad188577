// Whether a user namespace is the host's own, from the text of its uid_map (user_namespaces(7)). Reads no file.

/** Whether all ids are mapped to themselves, as in the initial user namespace only. */
export function isInitialUidMap(map: string): boolean {
  return map.trim().split(/\s+/).join(' ') === '0 0 4294967295';
}
