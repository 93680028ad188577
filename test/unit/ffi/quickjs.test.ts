import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildPrograms, type Programs, runProgram } from '../../support/engine/programs.ts';
import { contract } from './contract.ts';

describe('quickjs.ts', () => {
  let programs: Programs | undefined;
  /** Case → what it failed with, or ''; a case that didn't run is missing. */
  let errors = new Map<string, string>();

  beforeAll(() => {
    programs = buildPrograms();
    errors = runProgram(programs.engine, { cwd: join(programs.directory, 'place'), args: ['contract'] });
  }, 120_000);

  afterAll(() => programs?.[Symbol.dispose]());

  test.each(contract)('$name', ({ name }) => {
    expect(errors.get('the end')).toBeUndefined();
    expect(errors.get(name)).toBe('');
  });
});
