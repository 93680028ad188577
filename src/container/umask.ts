// The umask while a container is made. The caller's is for the caller's files: with 0777 who has no rights over others'
// files could not enter the state and the cgroups.

/** What directories and files that say no more than others' usual modes are made with. */
const USUAL = 0o022;

/** Makes something whose modes do not depend on who calls. */
export function withUsualUmask<Result>(make: () => Result): Result {
  const before = process.umask(USUAL);
  try {
    return make();
  } finally {
    process.umask(before);
  }
}
