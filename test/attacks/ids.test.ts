// Ids that would lead out of the state directory.

import { join } from 'node:path';
import { attackTests, type Target } from '../support/attacks/attack.ts';

const ids = ['../nunc-none', '.', '..', '-x', '--', '', 'a/b', '/', 'a\nb', 'ä', 'x'.repeat(4096), '%2e%2e', 'a\\b'];

/** Asks for a container of each id. @returns those that there is one of afterwards, or that are not refused plainly */
async function tryIds(target: Target): Promise<string[]> {
  const bundle = target.bundle({ args: ['true'] });
  const gains: string[] = [];
  for (const id of ids) {
    const { status, stderr } = await target.run(['create', '--bundle', bundle.directory, '--', id]);
    if (status === 0) {
      gains.push(`${JSON.stringify(id.slice(0, 20))} is taken`);
      await target.run(['delete', '--force', '--', id]);
    } else if (/\n\s+at |panic/.test(stderr)) {
      gains.push(`${JSON.stringify(id.slice(0, 20))} is not refused but crashes: ${stderr.slice(0, 100)}`);
    }
  }
  return gains;
}

/** Deletes what is beside the state directory, by an id that leads there. */
async function deleteBeside(target: Target): Promise<string[]> {
  const canary = join('..', target.canaries.slice(target.canaries.lastIndexOf('/') + 1));
  const { status } = await target.run(['delete', '--force', canary]);
  return status === 0 && target.name === 'nunc' ? [`delete --force ${canary} succeeds`] : [];
}

attackTests(24, { attacks: { 'create with such an id': tryIds, 'delete --force of what is beside': deleteBeside } });
