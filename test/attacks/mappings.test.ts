// Mappings of ids that overlap, are empty, too many or too large: the container must not come into being, and never
// with other ids than those that were asked for.

import type { IdMapping } from '../../src/config/types.ts';
import { type Attack, attackTests } from '../support/attacks/attack.ts';
import { badRefusal, runShell } from '../support/attacks/containers.ts';

const HOST = 100_000;
const plain: IdMapping = { containerID: 0, hostID: HOST, size: 1000 };

/** As the kernel counts them: proc_pid_uid_map(5) has 340 lines at most. */
function many(count: number): IdMapping[] {
  return Array.from({ length: count }, (_, i) => ({ containerID: i * 2, hostID: HOST + i * 2, size: 1 }));
}

function mapped(mappings: readonly IdMapping[]): Attack {
  return async (target) => {
    const result = await runShell(target, 'echo "gained: it runs with"; cat /proc/self/uid_map', {
      change: ({ linux }) => {
        linux.namespaces?.push({ type: 'user' });
        linux.uidMappings = mappings.map((mapping) => ({ ...mapping }));
        linux.gidMappings = [{ ...plain }];
      },
    });
    const gained = result.stdout.split('\n').filter((line) => line !== '').slice(0, 3);
    if (result.status === 0) return [gained.join(' ')];
    return [...badRefusal(result), ...(gained.length > 0 ? [gained.join(' ')] : [])];
  };
}

attackTests(35, {
  attacks: {
    'that overlap in the container': mapped([plain, { containerID: 500, hostID: 300_000, size: 10 }]),
    'that overlap on the host': mapped([plain, { containerID: 5000, hostID: HOST + 500, size: 10 }]),
    'of no size': mapped([{ ...plain, size: 0 }]),
    'one of which has no size': mapped([plain, { containerID: 5000, hostID: 300_000, size: 0 }]),
    'of more lines than the kernel takes': mapped(many(341)),
    'of very many lines': mapped(many(50_000)),
    'that go beyond 32 bits': mapped([{ containerID: 0, hostID: 4_294_967_290, size: 100 }]),
    'whose numbers are larger than 32 bits': mapped([{ containerID: 0, hostID: 4_294_967_296, size: 1 }]),
    'that are negative': mapped([{ containerID: 0, hostID: -1, size: 1 }]),
    'of which there is none': mapped([]),
  },
});
