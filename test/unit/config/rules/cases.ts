// The table form of the rules' tests: changes to smallConfig(), and all that is said of them.

import { describe, expect, test } from 'vitest';
import type { Spec } from '../../../../src/config/types.ts';
import { changed, smallConfig } from '../configs.ts';
import { problemsOf } from '../problems.ts';

type Changes = Readonly<Record<string, unknown>>;

/** The lines are without `config.json: `. */
export type Case = readonly [name: string, changes: Changes, ...lines: readonly string[]];

/** vitest's types don't tell the places of a rest tuple apart. */
export function toRow([name, changes, ...lines]: Case): [string, Changes, readonly string[]] {
  return [name, changes, lines];
}

/** Declares a test for each case: its lines are all of its problems, in this order. */
export function refuses(topic: string, cases: readonly Case[]): void {
  describe(`checkRules() refuses, in ${topic}:`, () => {
    test.each(cases.map(toRow))('%s', (_name, changes, lines) => {
      expect(problemsOf(changed(smallConfig(), changes))).toEqual(lines.map((line) => `config.json: ${line}`));
    });
  });
}

export const MAP = [{ containerID: 0, hostID: 1000, size: 10 }];
export const NEW_USER = { '/linux/namespaces/-': { type: 'user' } };
export const USER = { ...NEW_USER, '/linux/uidMappings': MAP, '/linux/gidMappings': MAP };
export const JOINED_USER = { '/linux/namespaces/-': { type: 'user', path: '/proc/1/ns/user' } };

/** Leaves namespaces of smallConfig() out. */
export function without(...types: string[]): Changes {
  const namespaces: NonNullable<Spec['linux']>['namespaces'] = smallConfig().linux?.namespaces ?? [];
  return { '/linux/namespaces': namespaces.filter(({ type }) => !types.includes(type)) };
}
