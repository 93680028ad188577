// Names in a config, on the command line or in what hooks write that look like log records or lead a terminal: in a log
// they must stand for themselves. Records of a log that may be forged are none.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Attack, attackTests, type Target } from '../support/attacks/attack.ts';
import { shellBundle } from '../support/attacks/containers.ts';
import type { Bundle, BundleSpec } from '../support/bundle.ts';
import { commandOf, globalOptions, runProgram } from '../support/runtime.ts';

const FORGED = 'x\nFORGED\n{"level":"error","msg":"FORGED"}\r\n'
  + 'time="now" level=error msg="FORGED"\n\x1b]0;FORGED\x07\x9b1A';

/** What of a log would pass for somebody's word. */
function forgeries(text: string): string[] {
  const found: string[] = [];
  if (text.includes('\x1b]0;FORGED') || text.includes('\x07')) found.push('an escape sequence reaches the terminal');
  for (const line of text.split(/[\r\n]/)) {
    if (line.startsWith('FORGED')) found.push('a line is forged');
    if (/^time="[^"]*" level=\w+ msg="FORGED"/.test(line)) found.push('a record is forged');
    if (line.startsWith('{"level":"error","msg":"FORGED"')) found.push('a JSON record is forged');
  }
  return found;
}

const changes: readonly ((spec: BundleSpec, bundle: Bundle) => void)[] = [
  ({ process }) => { process.args = [`/none${FORGED}`]; },
  ({ process }) => { process.cwd = `/none${FORGED}`; },
  ({ mounts }) => void mounts.push({ destination: '/x', type: 'bind', source: `/none${FORGED}`, options: ['bind'] }),
  ({ mounts }) => void mounts.push({ destination: '/x', type: FORGED, source: 'x' }),
  ({ root }) => { root.path = `none${FORGED}`; },
  ({ linux }) => { linux.sysctl = { [`net.${FORGED}`]: FORGED }; },
  (spec) => { spec.annotations = { [`org.systemd.property.${FORGED}`]: FORGED }; spec.hostname = FORGED; },
  (spec, { directory }) => {
    spec.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', `cat ${directory}/forged >&2; exit 1`] }] };
    execFileSync('tee', [`${directory}/forged`], { input: FORGED, stdio: ['pipe', 'ignore', 'ignore'] });
  },
];

function commandsOf(bundles: readonly Bundle[]): string[][] {
  return [
    ...bundles.map(({ directory, id }) => ['run', '--bundle', directory, id]),
    ['state', FORGED], ['state', `none${FORGED}`], ['kill', 'none', FORGED], [`none${FORGED}`],
    ['run', `--none${FORGED}`], ['run', '--bundle', `/none${FORGED}`, 'none'], ['exec', 'none', FORGED],
  ];
}

/** @param terminal whether stderr is one */
function attack(options: readonly string[], terminal = false): Attack {
  return async (target: Target) => {
    const bundles = changes.map((change) => shellBundle(target, 'true', change));
    const log = join(bundles[0]?.directory ?? '', 'log');
    const gains: string[] = [];
    for (const args of commandsOf(bundles)) {
      const globals = [...globalOptions(target.root), ...options.map((option) => option.replace('LOG', log))];
      const command = [...commandOf(target.program), ...globals, ...args];
      const { stdout, stderr } = await runProgram(terminal ? onTerminal(command) : command);
      // What explains a usage error is no record; on a terminal it is not told apart.
      const said = terminal ? stdout : stderr;
      gains.push(...forgeries(said).map((found) => `${JSON.stringify(args).slice(0, 40)}: ${found}`));
    }
    if (existsSync(log)) gains.push(...forgeries(readFileSync(log, 'utf8')).map((found) => `the log: ${found}`));
    return gains;
  };
}

/** Python's pty, as script(1) takes a command by a shell. */
function onTerminal(command: readonly string[]): string[] {
  return ['/usr/bin/python3', '-c', 'import pty,sys; pty.spawn(sys.argv[1:])', ...command];
}

attackTests(30, {
  needs: ['python3'],
  attacks: {
    'in text on stderr': attack([]),
    'in JSON on stderr': attack(['--log-format', 'json']),
    'in a file of text': attack(['--log', 'LOG']),
    'in a file of JSON': attack(['--log', 'LOG', '--log-format', 'json']),
    'on a terminal': attack([], true),
  },
});
