// Configs that are large, deep, or not what they seem, for every command that reads one: it takes a bounded time and a
// bounded memory, and ends with its work or with an error. Measured by who waits for it (getrusage(2)).

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Attack, attackTests, type Target } from '../support/attacks/attack.ts';
import { badRefusal, shellBundle, startShell } from '../support/attacks/containers.ts';
import { effort } from '../support/effort.ts';
import { commandOf, globalOptions, runProgram } from '../support/runtime.ts';

/** Seconds, on a busy machine; and MiB. */
const LIMIT = { seconds: effort({ usual: 20, nightly: 100 }), memory: 1500 };
/** That of a night. */
const MILLION = effort({ usual: 50_000, nightly: 1_000_000 });

const MEASURE = `import resource,subprocess,sys,time
seconds,said,*command=sys.argv[1:]
pipes={"stdin":subprocess.DEVNULL,"stdout":open(said,"wb"),"stderr":subprocess.PIPE}
begun=time.time()
try:
  ended=subprocess.run(command,**pipes,timeout=float(seconds))
  sys.stderr.buffer.write(ended.stderr[-3000:])
  status=ended.returncode
except subprocess.TimeoutExpired:
  status=-999
print(status,round(time.time()-begun,1),resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss//1024)`;

/** @returns a line for whatever a program takes too much of, or if it crashes */
async function excessOf(command: readonly string[], said: string, limit = LIMIT): Promise<string[]> {
  const measured = ['/usr/bin/python3', '-c', MEASURE, String(limit.seconds), said, ...command];
  const { stdout, stderr } = await runProgram(measured, { timeout: 1000 * limit.seconds + 10_000 });
  const [status = -1, seconds = 0, memory = 0] = stdout.trim().split(' ').map(Number);
  const gains: string[] = [];
  if (status === -999) gains.push(`it takes more than ${limit.seconds} s`);
  else if (status < 0) gains.push(`it is ended by signal ${-status}`);
  if (memory > limit.memory) gains.push(`it takes ${memory} MiB`);
  if (status > 0) gains.push(...badRefusal({ status, signal: null, stdout: '', stderr }));
  return gains.map((gain) => `${gain} (${seconds} s, ${memory} MiB)`);
}

async function measure({ program, root }: Target, args: readonly string[], directory: string): Promise<string[]> {
  const excess = await excessOf([...commandOf(program), ...globalOptions(root), ...args], join(directory, 'said'));
  return excess.map((gain) => `${args[0] ?? ''}: ${gain}`);
}

/** Programs that take too much fall. Or nothing would be proven. */
const immoderate: Attack = async () => {
  const programs = {
    'sleep 10': { ...LIMIT, seconds: 0.1 },
    'python3 -c "bytes(1) * (100 << 20)"': { ...LIMIT, memory: 50 },
    'kill -SEGV $$': LIMIT,
  };
  const missed: string[] = [];
  for (const [script, limit] of Object.entries(programs)) {
    if ((await excessOf(['sh', '-c', script], '/dev/null', limit)).length === 0) missed.push(script);
  }
  return missed.map((script) => `${script}: it is not noticed`);
};

/** @param text makes config.json of the text of a good one */
function config(text: (good: string) => string | Uint8Array): Attack {
  return async (target) => {
    const bundle = shellBundle(target, 'true');
    writeFileSync(join(bundle.directory, 'config.json'), text(JSON.stringify(bundle.spec)));
    const commands = [['run', '--bundle', bundle.directory, bundle.id]];
    if (target.name === 'nunc') commands.push(['validate', '--bundle', bundle.directory]);
    const gains: string[] = [];
    for (const command of commands) gains.push(...await measure(target, command, bundle.directory));
    return gains;
  };
}

/** With one more property. */
function added(property: string): (good: string) => string {
  return (good) => `${good.slice(0, -1)},${property}}`;
}

function many(count: number, part: (i: number) => string): string {
  const parts: string[] = [];
  for (let i = 0; i < count; i++) parts.push(part(i));
  return parts.join(',');
}

/** For a running container. */
function file(content: string, command: (path: string) => string[]): Attack {
  return async (target) => {
    const { bundle } = await startShell(target, 'sleep 1000');
    const path = join(bundle.directory, 'file.json');
    writeFileSync(path, content);
    const [first = '', ...options] = command(path);
    return measure(target, [first, ...options, bundle.id], bundle.directory);
  };
}

/** What a state directory holds that is not a runtime's: `list` goes over it. */
const state: Attack = async (target) => {
  mkdirSync(join(target.root, 'deep'));
  writeFileSync(join(target.root, 'deep', 'state.json'), `{"id":${'['.repeat(1_000_000)}`);
  const gains = await measure(target, ['list'], target.canaries);
  for (const path of [join(target.root, 'deep'), join(target.canaries, 'said')]) rmSync(path, { recursive: true });
  return gains;
};

const DEEP = '['.repeat(1_000_000) + ']'.repeat(1_000_000);
const notText = Buffer.from(',"annotations":{"\xff\xfe":"\xc3("}}', 'latin1');

attackTests(31, {
  needs: ['python3'],
  attacks: {
    'a long string': config(
      added(`"annotations":{"a":"${'x'.repeat(effort({ usual: 10_000_000, nightly: 50_000_000 }))}"}`)),
    'a million keys': config(added(`"annotations":{${many(MILLION, (i) => `"key${i}":"value"`)}}`)),
    'a million keys that are the same': config(added(many(MILLION, () => '"hostname":"a"'))),
    'very many mounts': config((good) => good.replace('"mounts":[', `"mounts":[${
      many(effort({ usual: 2000, nightly: 100_000 }),
        (i) => `{"destination":"/m${i}","type":"tmpfs","source":"tmpfs"}`)},`)),
    'a million levels': config(added(`"x":${DEEP}`)),
    'what is no UTF-8': config((good) => Buffer.concat([Buffer.from(good.slice(0, -1)), notText])),
    'a deep process for exec': file(`{"args":${DEEP}}`, (path) => ['exec', '--process', path]),
    'deep resources for update': file(`{"memory":${DEEP}}`, (path) => ['update', '--resources', path]),
    'a deep state': state,
    'programs that are not moderate': immoderate,
  },
});
