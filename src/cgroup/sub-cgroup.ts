// Cgroups below a container's own, for a process that is to join one of them (exec --cgroup). Pure: touches no file.

import { NuncError } from '../error.ts';
import type { PlacedCgroup } from './driver.ts';
import { cgroupFor } from './placement.ts';

/** By controller, or '' for all of them: a path below the container's cgroup. */
export type SubCgroups = ReadonlyMap<string, string>;

/**
 * What several `--cgroup [<controller>[,<controller>…]:]<path>` say together, by runc's rules.
 *
 * @throws NuncError (usage)
 */
export function parseSubCgroups(values: readonly string[]): SubCgroups {
  const paths = new Map<string, string>();
  for (const value of values) {
    const [first = '', path, more] = value.split(':');
    const wrong = (reason: string): NuncError => new NuncError('usage', `invalid --cgroup argument: ${value}${reason}`);
    if (more !== undefined) throw wrong('');
    if (path === undefined && values.length > 1) throw wrong(' (missing <controller>: prefix)');
    if (path === undefined) return new Map([['', first]]);
    for (const controller of first.split(',')) {
      if (controller === '') throw wrong(' (empty <controller> prefix)');
      if (paths.has(controller)) throw wrong(` (controller ${controller} specified multiple times)`);
      paths.set(controller, path);
    }
  }
  return paths;
}

/**
 * The cgroups of a process that is to be below a container's.
 *
 * @throws NuncError (usage) for a path that leads out of the container's cgroup, and a controller without one
 */
export function subCgroupsOf(cgroups: readonly PlacedCgroup[], below: SubCgroups): readonly PlacedCgroup[] {
  const paths = new Map<PlacedCgroup, string>();
  for (const [controller, path] of below) {
    const components = path.split('/').filter((component) => component !== '' && component !== '.');
    // Not resolved: whoever writes ".." may well mean a sibling (peer-matrix: "/ctr-evil" for "/ctr").
    if (components.includes('..')) throw new NuncError('usage', `${path} is not a sub cgroup path`);
    const joined = controller === '' ? cgroups : [cgroupFor({ cgroups }, controller)];
    for (const cgroup of joined) {
      if (cgroup === undefined || (controller !== '' && !cgroup.controllers.includes(controller))) {
        throw new NuncError('usage', `unknown controller ${controller} in --cgroup`);
      }
      paths.set(cgroup, components.map((component) => `/${component}`).join(''));
    }
  }
  return cgroups.map((cgroup) => ({ ...cgroup, path: cgroup.path + (paths.get(cgroup) ?? '') }));
}
