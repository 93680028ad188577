// Hooks that neither read nor end, with a timeout: the command must come back, and what the hook has started must go.

import { type Attack, attackTests } from '../support/attacks/attack.ts';
import { badRefusal, runShell } from '../support/attacks/containers.ts';

/** The hook's timeout is 1 s. */
const LIMIT = 8000;

function attack(name: 'createRuntime' | 'createContainer' | 'startContainer' | 'poststop', script: string): Attack {
  return async (target) => {
    const begun = Date.now();
    const result = await runShell(target, 'echo "gained: it runs"', {
      timeout: LIMIT,
      change: (spec, { id }) => {
        // More than a pipe holds, for who waits until it is read; and the name by which what is left is found.
        spec.annotations = { long: 'x'.repeat(300_000) };
        spec.hooks = { [name]: [{ path: '/bin/sh', args: ['sh', '-c', script, id], timeout: 1 }] };
      },
    });
    if (Date.now() - begun >= LIMIT) return ['the command hangs'];
    const ran = name === 'poststop' ? [] : result.stdout.split('\n').filter((line) => line.startsWith('gained'));
    return [...badRefusal(result), ...ran];
  };
}

const GRANDCHILDREN = 'sh -c "sleep 1000; : $0" "$0" & sh -c "sleep 1000; : $0" "$0" & sleep 1000';
const STUBBORN = "trap '' TERM INT HUP PIPE; while :; do sleep 1000; done";

attackTests(34, {
  attacks: {
    'with processes that keep its outputs': attack('createRuntime', GRANDCHILDREN),
    'that does not read': attack('createRuntime', 'exec 0<&-; sleep 1000'),
    'that ignores signals': attack('createRuntime', STUBBORN),
    "in the container's namespaces": attack('createContainer', STUBBORN),
    'in the container': attack('startContainer', GRANDCHILDREN),
    'when the container is gone': attack('poststop', STUBBORN),
  },
});
