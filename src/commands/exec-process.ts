// The process that the options of exec describe: the container's own, with changes.

import type { ParsedProcess } from '../config/process.ts';
import type { Capabilities, Process, User } from '../config/types.ts';
import { NuncError } from '../error.ts';
import type { Options } from './command.ts';

interface Wanted {
  /** The program and its arguments. */
  readonly args: readonly string[];
  readonly options: Options;
}

/** @param own the process of the container's config @throws NuncError (usage) */
export function changeProcess(own: Process | undefined, { args, options }: Wanted): ParsedProcess {
  if (args.length === 0) throw new NuncError('usage', 'process args cannot be empty');
  // The size is for the container's own terminal.
  const { consoleSize: _, ...base } = own ?? { cwd: '/' };
  const cwd = options.string('cwd') ?? '';
  const apparmorProfile = options.string('apparmor') ?? '';
  const selinuxLabel = options.string('process-label') ?? '';
  const process: Process = {
    ...base,
    args: [...args],
    terminal: options.boolean('tty'),
    env: [...(base.env ?? []), ...options.strings('env')],
    user: userOf(base, options),
    ...(cwd === '' ? {} : { cwd }),
    ...(apparmorProfile === '' ? {} : { apparmorProfile }),
    ...(selinuxLabel === '' ? {} : { selinuxLabel }),
    ...(options.given('no-new-privs') ? { noNewPrivileges: options.boolean('no-new-privs') } : {}),
    ...capabilitiesOf(base, options.strings('cap')),
  };
  return { process, exactLimits: undefined };
}

function userOf({ user }: Pick<Process, 'user'>, options: Options): User {
  const [uid, gid, more] = (options.string('user') ?? '').split(':');
  const added = options.strings('additional-gids').map((text) => idOf('additional-gids', text));
  const wanted = {
    ...(uid === undefined || uid === '' ? {} : { uid: idOf('user', uid) }),
    ...(gid === undefined ? {} : { gid: idOf('user', gid) }),
  };
  if (more !== undefined || (gid !== undefined && uid === '')) throw wrongId('user', options.string('user') ?? '');
  const additionalGids = [...(user?.additionalGids ?? []), ...added];
  return { uid: 0, gid: 0, ...user, ...wanted, ...(additionalGids.length === 0 ? {} : { additionalGids }) };
}

/** The id that stands for none (setresuid(2)). */
const NO_ID = 2 ** 32 - 1;

/** Decimal digits and nothing else: what is read as another number than was meant is another user (CVE-2026-30892). */
function idOf(option: string, text: string): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) >= NO_ID) throw wrongId(option, text);
  return Number(text);
}

function wrongId(option: string, text: string): NuncError {
  return new NuncError('usage', `invalid value ${JSON.stringify(text)} for --${option}: an id is a decimal number`);
}

/** As with runc not in the inheritable set (CVE-2022-29162), without which there is no ambient one. */
function capabilitiesOf({ capabilities = {} }: Process, added: readonly string[]): { capabilities?: Capabilities } {
  if (added.length === 0) return {};
  const { bounding = [], effective = [], permitted = [] } = capabilities;
  return {
    capabilities: {
      ...capabilities,
      bounding: [...bounding, ...added],
      effective: [...effective, ...added],
      permitted: [...permitted, ...added],
    },
  };
}
