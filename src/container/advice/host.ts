// Advice on what of a config is to be found on the host: programs of hooks, AppArmor profiles, sysctls.

import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { type Report, show } from '../../config/report.ts';
import { sysctlPath } from '../../config/rules/sysctl.ts';
import { codeOf } from '../../error.ts';
import { inspectProgram } from '../../host/program-file.ts';
import { advise, type Advised, pointerTo } from './advised.ts';

const HOOKS = [
  'prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop',
] as const;

/** Their programs; those of startContainer are in the rootfs. */
export function checkHooks({ spec, ffi, rootfs }: Advised, report: Report): void {
  for (const name of HOOKS) {
    for (const [i, { path }] of (spec.hooks?.[name] ?? []).entries()) {
      const why = name === 'startContainer' ? wrongInside(inspectProgram(ffi, rootfs, path)) : wrongOnHost(path);
      if (why === undefined) continue;
      const what = `${show(path)} ${why}${name === 'startContainer' ? ' in the rootfs' : ' on this host'}`;
      advise(report, pointerTo('hooks', name, i, 'path'), [`${what}: the hook would fail, and with it the container`]);
    }
  }
}

function wrongOnHost(path: string): string | undefined {
  try {
    if (!statSync(path).isFile()) return 'is no regular file';
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    return codeOf(error) === 'EACCES' ? 'can\'t be executed by you' : 'does not exist';
  }
}

/** What is missing may be mounted. */
function wrongInside(file: ReturnType<typeof inspectProgram>): string | undefined {
  return 'executable' in file && !file.executable ? 'can\'t be executed' : undefined;
}

/** What a config of today has in another way. */
export function checkDeprecated({ spec }: Advised, report: Report): void {
  if ((spec.hooks?.prestart ?? []).length > 0) {
    advise(report, '/hooks/prestart', ['deprecated by the specification', 'createRuntime hooks run at the same time']);
  }
  const { memory } = spec.linux?.resources ?? {};
  for (const key of ['kernel', 'kernelTCP'] as const) {
    if ((memory?.[key] ?? 0) <= 0) continue;
    advise(report, `/linux/resources/memory/${key}`, ['deprecated: Linux 5.16 and later limit it with all other memory',
      'take it out']);
  }
}

const PROFILES = '/sys/kernel/security/apparmor/profiles';

/** Which profiles are loaded, root can see. */
export function checkProfile({ spec, facts }: Advised, report: Report): void {
  const profile = spec.process?.apparmorProfile ?? '';
  if (profile === '' || facts.apparmor !== true || profile === 'unconfined') return;
  let loaded: string;
  try {
    loaded = readFileSync(PROFILES, 'utf8');
  } catch {
    return;
  }
  if (loaded.split('\n').some((line) => line.startsWith(`${profile} (`))) return;
  advise(report, '/process/apparmorProfile', [`no AppArmor profile ${show(profile)} is loaded: create would fail`,
    'load it with apparmor_parser(8)']);
}

/** Those of network namespaces are there in every one. */
export function checkSysctls({ spec }: Advised, report: Report): void {
  for (const name of Object.keys(spec.linux?.sysctl ?? {})) {
    const path = sysctlPath(name);
    if (path === undefined || existsSync(`/proc/sys/${path}`)) continue;
    advise(report, pointerTo('linux', 'sysctl', name), [`this kernel has no sysctl ${show(name)}: create would fail`]);
  }
}
