import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Bundle, makeBundle, makeRootfs, writeConfig, type BundleSpec } from '../support/bundle.ts';
import { compareCases } from '../support/compare-cases.ts';
import { type View, compareViews, readView, viewScript } from '../support/inside.ts';
import { requires } from '../support/requires.ts';
import { runtime } from '../support/runtime.ts';
import { readFileSync, appendFileSync } from 'node:fs';
const test = requires('root', 'busybox', 'runc', 'nunc');
async function viewOf(b: Bundle, prepare: any, program?: string): Promise<View> {
  rmSync(b.rootfs, { recursive: true, force: true });
  makeRootfs(b.rootfs);
  await prepare?.(b);
  const r = await runtime(['run', '-b', b.directory, b.id], program === undefined ? {} : { program });
  if (r.status !== 0) throw new Error(`${program}: ${r.status} ${r.stderr} ${r.stdout}`);
  if (r.stderr) console.log(program, r.stderr);
  return readView(r.stdout, { bundle: b.directory, id: b.id });
}
describe('x', () => {
  for (const c of compareCases) test(c.name, async () => {
    const b = makeBundle();
    const cg = b.spec.linux.cgroupsPath!;
    rmSync(join(b.directory, 'config.json'));
    const s = await runtime(['spec', '-b', b.directory]);
    expect(s.stderr).toBe('');
    const spec = JSON.parse(readFileSync(join(b.directory, 'config.json'), 'utf8')) as BundleSpec;
    spec.process.terminal = false; spec.process.args = ['sh', '-c', viewScript]; spec.linux.cgroupsPath = cg;
    await c.change?.(spec);
    const bb = { ...b, spec }; writeConfig(bb);
    const ours = await viewOf(bb, c.prepare);
    const theirs = await viewOf(bb, c.prepare, 'runc');
    const d = compareViews(ours, theirs);
    appendFileSync('/tmp/ittopic/diff.txt', `##### ${c.name} (${ours.size} facts)\n` + d.map((x) => `${x.fact}\n    nunc ${x.ours}\n    runc ${x.theirs}\n`).join(''));
  }, 60000);
});
