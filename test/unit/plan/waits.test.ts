import { describe, expect, test } from 'vitest';
import { compileCreatePlan } from '../../../src/plan/create-plan.ts';
import { findWaits } from '../../../src/plan/waits.ts';
import { everything } from '../../support/explained-config.ts';
import { createInput, smallSpec } from './create-input.ts';

describe('findWaits()', () => {
  test('finds each wait of a plan with its reason, in order', () => {
    const { plan, descriptors } = compileCreatePlan(createInput(everything));
    const waits = findWaits(plan.operations, descriptors.gate);
    expect(waits.map(({ reason }) => reason)).toEqual([
      'id-maps', 'network-devices', 'copy-up', 'hooks', 'terminal', 'start',
    ]);
    const reads = waits.map(({ operation }) => plan.operations[operation]);
    for (const operation of reads) expect(operation).toMatchObject({ kind: 'read', args: [descriptors.gate, {}, 1] });
    expect(reads.map((operation) => operation?.origin)).toEqual([
      '/linux/uidMappings', '/linux/netDevices', '/mounts/3', '/hooks', '/process/terminal', '',
    ]);
  });

  test('finds the start alone in a plan that asks for nothing', () => {
    const { plan, descriptors } = compileCreatePlan(createInput(smallSpec));
    expect(findWaits(plan.operations, descriptors.gate).map(({ reason }) => reason)).toEqual(['start']);
  });
});
