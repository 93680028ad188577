// Asks systemd about a container's scope, for tests.

import { execFileSync, spawnSync } from 'node:child_process';

/** Properties of a unit, by name. */
export function showUnit(unit: string): Map<string, string> {
  const pairs = systemctlShow(unit).trim().split('\n').map((line): [string, string] => {
    const equals = line.indexOf('=');
    return [line.slice(0, equals), line.slice(equals + 1)];
  });
  return new Map(pairs);
}

/** systemd hangs up on those who ask while it reads its units again: systemctl(1) does not ask twice. */
function systemctlShow(unit: string): string {
  const ask = (): string => execFileSync('systemctl', ['show', unit], { encoding: 'utf8' });
  try {
    return ask();
  } catch {
    return ask();
  }
}

/** How many tasks systemd gives a scope for which nobody has said it. */
export function defaultTasksMax(): string {
  return execFileSync('systemctl', ['show', '--property=DefaultTasksMax', '--value'], { encoding: 'utf8' }).trim();
}

/** Whether systemd knows the unit: running, failed or on its way. */
export function isLoaded(unit: string): boolean {
  return showUnit(unit).get('LoadState') === 'loaded';
}

/** What a person sees. */
export function statusOfUnit(unit: string): string {
  return spawnSync('systemctl', ['status', '--no-pager', '--full', unit], { encoding: 'utf8' }).stdout;
}
