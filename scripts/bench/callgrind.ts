// Counts the instructions of a command's own process by valgrind: quick, but valgrind 3.19 has neither pidfd_open(2)
// nor programs in a memfd. What the command executes is not in the number.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';

/** @param directory for the logs; made and removed @returns undefined when the command fails */
export function countByCallgrind(argv: readonly string[], directory: string): number | undefined {
  mkdirSync(directory);
  const options = ['--tool=callgrind', '--callgrind-out-file=/dev/null', `--log-file=${directory}/%p`];
  const { status } = spawnSync('valgrind', [...options, ...argv], { stdio: 'ignore' });
  const texts = readdirSync(directory).map((name) => readFileSync(`${directory}/${name}`, 'utf8'));
  rmSync(directory, { recursive: true });
  if (status !== 0) return undefined;
  const counts = texts.map((text) => Number(/Collected : (\d+)/.exec(text)?.[1] ?? 0));
  return counts.reduce((sum, count) => sum + count, 0);
}
