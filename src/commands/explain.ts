// nunc explain.

import { basename, resolve } from 'node:path';
import { parseNewContainerId } from '../config/container-id.ts';
import { readActivation } from '../container/activation.ts';
import { explainContainer, type Explained, type ExplainRequest } from '../container/explain/explain.ts';
import { findNullStreams } from '../container/plan-container.ts';
import { NuncError } from '../error.ts';
import type { Invocation } from './command.ts';
import { readFormat } from './formats.ts';
import { readInput } from './input.ts';

export async function run(invocation: Invocation): Promise<number> {
  const { options, print } = invocation;
  const format = readFormat(options.string('format'));
  const other = options.string('diff');
  if (other !== undefined) return await orTrouble(() => compare(invocation, { other: resolve(other), format }));
  const explained = await explainContainer(await explainRequest(invocation));
  print(format === 'json' ? `${JSON.stringify(explained.document, undefined, 2)}\n` : await render(explained));
  return 0;
}

async function render(explained: Explained): Promise<string> {
  const { renderExplanation } = await import('../container/explain/text.ts');
  return renderExplanation(explained);
}

/** As diff(1) has it. */
const TROUBLE = 2;

async function orTrouble(work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof NuncError ? Object.assign(error, { exitStatus: TROUBLE }) : error;
  }
}

async function compare(invocation: Invocation, { other, format }: { other: string; format: string }): Promise<number> {
  if (format !== 'text') throw new NuncError('usage', 'cannot print a difference as JSON');
  const { compareBundles } = await import('../container/explain/compare.ts');
  const difference = await compareBundles(await explainRequest(invocation), other);
  invocation.print(difference);
  return difference === '' ? 0 : 1;
}

async function explainRequest(invocation: Invocation): Promise<ExplainRequest> {
  const { options, globals } = invocation;
  const host = await explainedHost(invocation);
  const isHere = 'here' in host;
  const activation = readActivation(isHere ? process.env : {}, process.pid);
  const config = options.string('config') || undefined;
  const bundle = resolve(options.string('bundle') ?? '.');
  return {
    root: globals.root,
    id: options.string('id') ?? nameOf(bundle),
    bundle,
    noPivot: options.boolean('no-pivot'),
    newKeyring: !options.boolean('no-new-keyring'),
    preserveFds: activation.listenFds + (options.number('preserve-fds') ?? 0),
    activation,
    rootless: globals.rootless,
    ignoreUnsafeAnnotations: globals.ignoreUnsafeAnnotations,
    host,
    nullStreams: isHere ? findNullStreams() : [],
    ...(config === undefined ? {} : { config }),
  };
}

async function explainedHost({ options, globals, ffi }: Invocation): Promise<ExplainRequest['host']> {
  const { cgroupManager } = globals;
  const file = options.string('host');
  if (file !== undefined) {
    const { parseHostFacts } = await import('../config/host-facts.ts');
    return { facts: parseHostFacts(readInput(file)), cgroupManager };
  }
  const { loadDriver } = await import('../container/load-driver.ts');
  return { here: await loadDriver(ffi(), cgroupManager) };
}

/** What a container of the bundle is called, when nobody says. */
function nameOf(bundle: string): string {
  const name = basename(bundle);
  try {
    return parseNewContainerId(name);
  } catch {
    return 'container';
  }
}
