// Working directories that a descriptor of the runtime's would lead to (class 9): of the container's process, of one
// that joins it, given in the config and by links of the image.

import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { attackTests, type Target } from '../support/attacks/attack.ts';
import { type Bundle, writeConfig } from '../support/bundle.ts';
import { effort } from '../support/effort.ts';

/** The runtime's caller has the host's root open, and the directory that it aims at, without handing them on. */
function inheriting({ canaries }: Target): string[] {
  return ['sh', '-c', `exec 3</ 5<${canaries} 8<${canaries}; exec "$@"`, 'sh'];
}

/** What the container's process prints when it gets out by its working directory. */
function lookOut({ canaries }: Target): string {
  return `cat file ./../../../../../../../..${canaries}/file; `
    + 'for fd in /proc/self/fd/*; do test -d $fd/ && echo "has directory $fd $(readlink $fd)"; done';
}

/** The descriptor of the shell's own search of /proc/self/fd is no gain. */
function gainsIn(shown: string, way: string): string[] {
  const gains = shown.includes('untouched') ? [`${way} leads to the host`] : [];
  const found = shown.split('\n').filter((line) => line.startsWith('has directory') && !line.includes(' /proc/'));
  return [...gains, ...found.map((line) => `${way}: ${line}`)];
}

const most = effort({ usual: 10, nightly: 40 });

function descriptors(): number[] {
  return Array.from({ length: most - 2 }, (_, index) => index + 3);
}

async function runIn(target: Target, bundle: Bundle, cwd: string): Promise<string[]> {
  bundle.spec.process.cwd = cwd;
  writeConfig(bundle);
  const { stdout } = await target.run(['run', '--bundle', bundle.directory, bundle.id], { prefix: inheriting(target) });
  await target.run(['delete', '--force', bundle.id]);
  return gainsIn(stdout, cwd);
}

async function created(target: Target): Promise<string[]> {
  const bundle = target.bundle({ args: ['sh', '-c', lookOut(target)] });
  const gains: string[] = [];
  for (const number of descriptors()) gains.push(...await runIn(target, bundle, `/proc/self/fd/${number}`));
  return gains;
}

/** The image's links, and paths that go on behind the descriptor. */
async function createdByLinks(target: Target): Promise<string[]> {
  const bundle = target.bundle({ args: ['sh', '-c', lookOut(target)] });
  const gains: string[] = [];
  for (const number of [3, 5, 8]) {
    symlinkSync(`/proc/self/fd/${number}`, join(bundle.rootfs, `link-${number}`));
    gains.push(...await runIn(target, bundle, `/link-${number}`));
    gains.push(...await runIn(target, bundle, `/proc/thread-self/fd/${number}/directory`));
  }
  return gains;
}

async function joined(target: Target): Promise<string[]> {
  const bundle = target.bundle({ args: ['sleep', '1000'] });
  await target.run(['run', '--detach', '--bundle', bundle.directory, bundle.id]);
  const gains: string[] = [];
  for (const number of descriptors()) {
    const cwd = `/proc/self/fd/${number}`;
    const command = ['exec', '--cwd', cwd, bundle.id, 'sh', '-c', lookOut(target)];
    gains.push(...gainsIn((await target.run(command, { prefix: inheriting(target) })).stdout, `exec --cwd ${cwd}`));
  }
  return gains;
}

attackTests(9, { attacks: {
  'of the first process': created,
  'by links of the image': createdByLinks,
  'of a process that joins': joined,
} });
