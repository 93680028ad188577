// Containers with a terminal, for tests: attached to as an engine does, or run in the foreground by a user.

import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { bundleFor } from './ask.ts';
import type { Bundle, BundleSpec } from './bundle.ts';
import { succeed } from './lifecycle.ts';
import {
  listenForConsole, type Screen, screenOf, type SessionOptions, startAtTerminal, type TerminalSession,
} from './pty.ts';
import { commandOf, configured, globalOptions, stateRoot } from './runtime.ts';

export type Change = (spec: BundleSpec, bundle: Bundle) => void;

/** A container with a terminal that runs a shell script. */
export function terminalBundle(script: string, change?: Change): Promise<Bundle> {
  return bundleFor(script, (spec, bundle) => {
    spec.process.terminal = true;
    change?.(spec, bundle);
  });
}

interface Attached {
  readonly screen: Screen;
  /** What the terminal was sent as. */
  readonly name: string;
}

/** Creates and starts a bundle as an engine does. */
export async function attach(bundle: Bundle, path = join(bundle.directory, 'console')): Promise<Attached> {
  const socket = listenForConsole(path);
  await succeed(['create', '--bundle', bundle.directory, '--console-socket', path, bundle.id]);
  const { master, name } = await socket.receive();
  const screen = screenOf(master);
  onTestFinished(screen.close);
  await succeed(['start', bundle.id]);
  return { screen, name };
}

/** The command line of a foreground run. */
export function runArguments(bundle: Bundle): string[] {
  return [...commandOf(configured), ...globalOptions(stateRoot()), 'run', '--bundle', bundle.directory, bundle.id];
}

export interface Running extends TerminalSession {
  readonly bundle: Bundle;
}

/** Runs a script in a container in the foreground, at a user's terminal. */
export async function runAtTerminal(
  script: string,
  options: SessionOptions & { readonly change?: Change } = {},
): Promise<Running> {
  const bundle = await terminalBundle(script, options.change);
  const session = startAtTerminal(runArguments(bundle), options);
  return { ...session, bundle };
}

/** Expects the command to end with a status, and the user's terminal to be as it was. */
export async function expectEnd(session: Running, status: number): Promise<void> {
  expect({ ...await session.ended, shown: session.shown() }).toMatchObject({ status });
  expect(session.attributes()).toBe(session.before);
}
