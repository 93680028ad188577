// Every broken config and host of docs/errors.md, for real: the message that its table shows, the code, one line, and
// nothing left. `UPDATE=1` writes the table, with what runc says of the same bundles.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, describe, expect } from 'vitest';
import { probeHost } from '../../src/host/probe.ts';
import { type Broken, type BrokenCase, brokenCases } from '../support/broken-cases.ts';
import { makeBundle, writeConfig } from '../support/bundle.ts';
import { parseErrors, type Row, writeRows } from '../support/errors-document.ts';
import { messageOf, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { commandOf, type Result, runProgram, stateRoot } from '../support/runtime.ts';
import { runAs, userBundle, useUser } from '../support/users.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');
const isRoot = process.geteuid?.() === 0;
const user = useUser(isRoot);
const document = resolve(import.meta.dirname, '../../docs/errors.md');
const updates = process.env['UPDATE'] !== undefined;
const rows = parseErrors(readFileSync(document, 'utf8')).rows;
const written: Row[] = [];

afterAll(() => {
  if (updates) writeFileSync(document, writeRows(readFileSync(document, 'utf8'), brokenCases, written));
});

interface Given {
  readonly directory: string;
  readonly id: string;
}

/** A message without what is different in each run. */
function general(message: string, { directory, id }: Given): string {
  const { uid, name, subordinate, home } = user();
  return message
    .replaceAll(directory, '<bundle>').replaceAll(id, '<id>').replaceAll(home, '<home>')
    .replaceAll(/operation \d+ of \d+/g, 'operation <i> of <n>')
    .replaceAll(new RegExp(`\\b(${uid}|${subordinate}|${name})\\b`, 'g'), (id) => (id === name ? '<user>' : '<uid>'))
    .replaceAll(/\/tmp\/nunc-[\w-]+/g, '<state>').replaceAll(/nunc-test-\d+/g, 'nunc-test')
    .replaceAll(/\/proc\/(self|\d+)\/fd\/\d+/g, '/proc/self/fd/<n>').replaceAll(/\bpid \d+|\[\d{2,}\]/g, '<pid>');
}

interface Told {
  readonly msg: string;
  readonly code?: string;
}

/** The records of JSON of a level among other output. */
function recordsOf({ stderr }: Result, level: string): Told[] {
  return stderr.split('\n').filter((line) => line.startsWith(`{"level":"${level}"`))
    .map((line) => JSON.parse(line) as Told);
}

type Run = (program: string, args: readonly string[]) => Promise<Result>;

const LIMIT = { timeout: 20_000 };

/** runc mounts over the host what has no mount namespace of its own. */
function guardFor(program: string): string[] {
  return program.endsWith('/runc') ? ['unshare', '--mount'] : [];
}

/** How the case is run with a runtime. */
function runnerOf({ host, rootless }: BrokenCase): Run {
  const prefix = host === undefined ? [] : ['sh', '-c', host.script, 'sh'];
  const unshare = host === undefined || host.unshare.length === 0 ? [] : ['unshare', ...host.unshare];
  if (rootless !== undefined) {
    return (program, args) => (
      runAs(user(), [program, ...args], { ...LIMIT, prefix: [...unshare, ...prefix] }));
  }
  const root = stateRoot();
  return (program, args) => (
    runProgram([...guardFor(program), ...unshare, ...prefix, ...commandOf(program), '--root', root, ...args], LIMIT));
}

const hasAppArmor = probeHost({ modules: ['apparmor'] }).apparmor === true;

for (const [family, cases] of Object.entries(brokenCases)) {
  describe(family, () => {
    for (const one of cases) {
      const needs = (one.needs ?? []).filter((need) => need !== 'no-apparmor');
      const check = needs.length === 0 ? test : requires('root', 'cgroups', 'busybox', 'nunc', ...needs);
      if (one.needs?.includes('no-apparmor') === true && hasAppArmor) continue;
      check(`${one.what} is told in one line, with its code`, async () => {
        const bundle = await bundleFor(one);
        const watch = watchHost(bundle);
        const run = runnerOf(one);
        const nunc = one.rootless === undefined ? resolve(import.meta.dirname, '../../dist/nunc') : user().program;
        const result = await attempt(run, { one, bundle, program: nunc, globals: ['--log-format', 'json'] });
        const [record, ...more] = recordsOf(result, one.level ?? 'error');
        const told = general(record?.msg ?? result.stderr, bundle);
        if (updates) written.push({ what: one.what, nunc: told, runc: await ask(run, { one, bundle }) });
        const expected = { status: one.status ?? 1, more: [], ...(one.level === undefined ? { code: one.code } : {}) };
        expect({ status: result.status, more, ...record }).toMatchObject(expected);
        expect(result.stderr).not.toMatch(/^\s+at |\.m?[jt]s:\d+|internal error/m);
        if (!updates) expect(told).toBe(rows.get(one.what));
        await watch.nothingLeft();
      });
    }
  });
}

async function bundleFor(one: BrokenCase): ReturnType<typeof userBundle> {
  const { rootless, change, last } = one;
  const bundle = rootless === undefined ? makeBundle({ args: ['true'] })
    : await userBundle(user(), 'true', (spec, made) => rootless(user(), { ...made, spec }));
  if (rootless === undefined) {
    change?.(bundle);
    writeConfig(bundle);
    last?.(bundle);
  }
  return bundle;
}

interface Attempt {
  readonly one: BrokenCase;
  readonly bundle: Broken;
  readonly program: string;
  readonly globals: readonly string[];
}

async function attempt(run: Run, { one, bundle, program, globals }: Attempt): Promise<Result> {
  const { command, before } = one;
  if (before !== undefined) expect(await run(program, before(bundle))).toMatchObject({ status: 0 });
  const args = command?.(bundle) ?? ['run', '--bundle', bundle.directory, bundle.id];
  const result = await run(program, [...globals, ...args]);
  if (before !== undefined) await run(program, ['delete', '--force', bundle.id]);
  return result;
}

/** Found before a case changes PATH. */
function runc(): string {
  return execFileSync('sh', ['-c', 'command -v runc'], { encoding: 'utf8' }).trim();
}

/** What runc says of the same. */
async function ask(run: Run, { one, bundle }: Pick<Attempt, 'one' | 'bundle'>): Promise<string> {
  const { status, stderr, stdout } = await attempt(run, { one, bundle, program: runc(), globals: [] });
  const message = messageOf(stderr) || stdout.trim().split('\n').at(-1) || '';
  return status === 0 ? 'nothing: it runs' : `${general(message, bundle)}${status === 1 ? '' : ` (status ${status})`}`;
}
