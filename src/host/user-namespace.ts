// Whether a user namespace is the host's own, from the text of its uid_map (user_namespaces(7)). Reads no file.

const INITIAL = /^\s*0\s+0\s+4294967295\s*$/;

/** Whether all ids are mapped to themselves, as in the initial user namespace only. */
export function isInitialUidMap(map: string): boolean {
  return INITIAL.test(map);
}
