// Debian's docker with runc and with nunc: everything that a user of its command line does.

import { type Battery, runBattery } from '../battery.ts';
import { makeImageTar } from '../places.ts';
import { buildCases } from './build-cases.ts';
import { startDaemon } from './daemon.ts';
import { daemonCases } from './daemon-cases.ts';
import { execCases } from './exec-cases.ts';
import { lifeCases } from './life-cases.ts';
import { networkCases } from './network-cases.ts';
import { runCases } from './run-cases.ts';
import { securityCases } from './security-cases.ts';
import { storageCases } from './storage-cases.ts';
import { type Docker, IMAGE, succeed } from './words.ts';

const battery: Battery<Docker> = {
  manager: 'docker',
  needs: ['root', 'docker', 'busybox'],
  // Each daemon has a machine of its own.
  together: true,
  open: async (runtime) => {
    const daemon = await startDaemon(runtime);
    const docker = { ...daemon, marks: [daemon.places.mark] };
    await succeed(docker, ['import', makeImageTar(daemon.places.directory), IMAGE]);
    return docker;
  },
  cases: [
    ...runCases, ...execCases, ...lifeCases, ...storageCases, ...securityCases, ...networkCases, ...buildCases,
    ...daemonCases,
  ],
};

runBattery(battery);
