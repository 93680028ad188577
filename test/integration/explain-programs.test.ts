// explain shows device programs as the kernel itself does.

import { describe, expect } from 'vitest';
import { DEFAULT_RULES } from '../../src/cgroup/devices/default-rules.ts';
import type { DeviceRule } from '../../src/config/types.ts';
import { foldRules } from '../../src/ebpf/device-list.ts';
import { compileDeviceProgram } from '../../src/ebpf/device-program.ts';
import { disassembleDeviceProgram } from '../../src/ebpf/disassemble.ts';
import { requires } from '../support/requires.ts';
import { kernelDisassembly } from '../support/verifier-log.ts';

const lists: readonly (readonly DeviceRule[])[] = [
  DEFAULT_RULES,
  [{ allow: false, access: 'rwm' }, { allow: true, type: 'c', major: 10, minor: 229, access: 'rw' }, ...DEFAULT_RULES],
  [{ allow: true, access: 'rwm' }, { allow: false, type: 'b', access: 'w' }, { allow: false, type: 'c', major: 5 }],
  [{ allow: true, type: 'b', major: 4_294_967_295, minor: 3, access: 'r' }],
  [],
];

describe('disassembleDeviceProgram()', () => {
  requires('root')('shows instructions as the verifier of the kernel does', () => {
    for (const list of lists) {
      const program = compileDeviceProgram(foldRules(list, () => { throw new Error('a hole'); }));
      const own = disassembleDeviceProgram(program).map(({ text }) => text);
      const kernels = kernelDisassembly(program);
      // The verifier walks through all that can be reached, and nothing else may be there.
      expect(kernels.size).toBe(own.length);
      expect([...kernels].sort(([a], [b]) => a - b).map(([, text]) => text)).toEqual(own);
    }
  });
});
