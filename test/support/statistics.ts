// For tests of statistics: the kernel's files of a container read by other means than the runtime's, and events as data
// with exact numbers.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { probeHost } from '../../src/host/probe.ts';
import type { Bundle } from './bundle.ts';

const { cgroupMode, hierarchies } = probeHost();

/** Whether memory is v1's. */
export const onV1 = cgroupMode !== 'v2';

/** The controllers that are there, v1's and v2's. */
export const controllers: readonly string[] = hierarchies.flatMap((hierarchy) => hierarchy.controllers);

/** Where a controller's files of a bundle's container are. */
export function directoryOf({ spec }: Bundle, controller: string): string {
  const found = hierarchies.find((hierarchy) => hierarchy.version === 1 && hierarchy.controllers.includes(controller))
    ?? hierarchies.find(({ version }) => version === 2);
  return `${found?.mountpoint}${spec.linux.cgroupsPath}`;
}

/** The text of a file of a controller's; undefined where there is none. */
export function kernelFile(bundle: Bundle, controller: string, file: string): string | undefined {
  const path = `${directoryOf(bundle, controller)}/${file}`;
  return existsSync(path) ? readFileSync(path, 'latin1').trim() : undefined;
}

export function writeKernelFile(bundle: Bundle, file: string, value: string | number): void {
  writeFileSync(`${directoryOf(bundle, file.slice(0, file.indexOf('.')))}/${file}`, String(value));
}

export type Event = Readonly<Record<string, unknown>>;

/** An event; every integer in it is a string, so that none is rounded. */
export function parseEvent(line: string): Event {
  return JSON.parse(line.replace(/([:[,])(-?\d+)(?=[,}\]])/g, '$1"$2"')) as Event;
}

/** What is at a path such as memory.usage.limit of an event's data; undefined for nothing. */
export function at(event: Event, path: string): unknown {
  let value: unknown = event['data'];
  for (const key of path.split('.')) value = (value as Event | undefined)?.[key];
  return value;
}
