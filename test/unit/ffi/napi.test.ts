import { describe, expect, test, vi } from 'vitest';
import { openFfi } from '../../../src/ffi/napi.ts';
import { contract } from './contract.ts';

describe('napi.ts', () => {
  const ffi = openFfi();
  test.each(contract)('$name', ({ run }) => {
    run(ffi);
  });

  test('openFfi() says what is missing, at the first call, when the optional packages are not there', async () => {
    vi.resetModules();
    vi.doMock('node:module', () => ({
      createRequire: () => (name: string) => {
        throw new Error(`Cannot find module '${name}'\nRequire stack:\n- /somewhere`);
      },
    }));
    const { openFfi: openWithout } = await import('../../../src/ffi/napi.ts');
    vi.doUnmock('node:module');
    const without = openWithout();
    expect(() => without.syscall(0)).toThrow(
      /^cannot load "ffi-napi" and "ref-napi", which nunc needs on Node .*: Cannot find module 'ffi-napi'$/,
    );
  });
});
