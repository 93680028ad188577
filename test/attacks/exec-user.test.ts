// Users that are no plain numbers (class 15): who is executed must be who was meant, or nobody.

import { attackTests, type Target } from '../support/attacks/attack.ts';

/** What `--user` means, by its letters: decimal numbers below 2^32 - 1, which is nobody. */
function meant(user: string): string | undefined {
  const [, uid, gid = '0'] = /^(\d+)(?::(\d+))?$/.exec(user) ?? [];
  if (uid === undefined || Number(uid) >= 2 ** 32 - 1 || Number(gid) >= 2 ** 32 - 1) return undefined;
  return `${Number(uid)} ${Number(gid)}`;
}

const users = [
  '1', '1000', '1000:1001', '0x0', '1000abc', '-1', '4294967295', '4294967296', '4294967297', '18446744073709551616',
  ' 0', '0 ', '+0', '1:', ':1', '1:0x1', '1:4294967296', '1.0', '1e0', 'root', '1000:1000:0',
];

async function executeAs(target: Target): Promise<string[]> {
  const bundle = target.bundle({ args: ['sleep', '1000'] });
  await target.run(['run', '--detach', '--bundle', bundle.directory, bundle.id]);
  const gains: string[] = [];
  for (const user of users) {
    const command = ['exec', '--user', user, bundle.id, 'sh', '-c', 'echo "is $(id -u) $(id -g)"'];
    const { stdout } = await target.run(command);
    const is = /^is (.*)$/m.exec(stdout)?.[1];
    if (is !== undefined && is !== meant(user)) gains.push(`${JSON.stringify(user)} is ${is}`);
    if (is === undefined && meant(user) !== undefined) gains.push(`${JSON.stringify(user)} is nobody`);
  }
  return gains;
}

attackTests(15, { attacks: { 'exec --user': executeAs } });
