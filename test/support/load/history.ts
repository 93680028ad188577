// What commands on one container may answer when many of them overlap. Every command is a few steps, each at one moment
// between its begin and its end; a history is right when there is an order of all steps that explains every answer.
// Knows nothing of how commands are run.
//
//        create ─▶ nascent ─▶ creating ─▶ created ─▶ running ◀─▶ paused        (created ◀─▶ paused, too)
//   absent ◀────── nascent ◀─ stopped ◀── dying ◀──────┴── a SIGKILL
//
// nascent: the directory is there, the state is not. dying: looks like what it was until the kernel is done.

type Status = 'absent' | 'nascent' | 'creating' | 'created' | 'running' | 'paused' | 'dying' | 'stopped';

interface State {
  readonly status: Status;
  /** Whose create made it. */
  readonly owner: string;
  /** `released`: nothing but the kernel keeps the init from its execve. */
  readonly start: 'no' | 'released' | 'yes';
}

export type CommandName =
  | 'create' | 'start' | 'state' | 'kill' | 'signal' | 'pause' | 'resume' | 'update' | 'exec'
  | 'delete' | 'delete --force';

export interface Call {
  readonly name: CommandName;
  /** Of a create: who makes it. */
  readonly owner: string;
  /** `ok`, what was refused and why, or `cut off`: the command itself was killed at some moment. */
  outcome: string;
  /** What `state` says, and who the process of an `exec` finds that it is with. */
  found?: { readonly status?: string; readonly owner: string };
}

/** A call begins, or has ended. */
export interface HistoryEntry {
  readonly edge: 'begin' | 'end';
  readonly call: Call;
}

/** undefined where the step can't be taken. */
type Step = (state: State) => State | undefined;
type Way = readonly Step[];

/** Steps that change nothing. */
const looks = new WeakSet<Step>();

function look(accepts: (state: State) => boolean): Step {
  const step: Step = (state) => accepts(state) ? state : undefined;
  looks.add(step);
  return step;
}

function on(statuses: readonly Status[], change?: (state: State) => Partial<State>): Step {
  if (change === undefined) return look(({ status }) => statuses.includes(status));
  return (state) => statuses.includes(state.status) ? { ...state, ...change(state) } : undefined;
}

const LIVE: readonly Status[] = ['created', 'running', 'paused', 'dying'];
const GOING: readonly Status[] = ['dying', 'stopped', 'nascent', 'absent'];
const isAbsent = on(['absent']);
const always = look(() => true);
const toDying = (): Partial<State> => ({ status: 'dying' });

const takeId = on(['absent'], () => ({ status: 'nascent', owner: '', start: 'no' }));
const dropId = on(['nascent'], () => ({ status: 'absent', owner: '', start: 'no' }));
const freeze: Step = (state) => ['created', 'running'].includes(state.status) ? { ...state, status: 'paused' } : state;
const thaw: Step = (state) =>
  state.status === 'paused' ? { ...state, status: state.start === 'yes' ? 'running' : 'created' } : state;
const killIfLive: Step = (state) => LIVE.includes(state.status) ? { ...state, ...toDying() } : state;
const empty = on(['dying', 'stopped'], () => ({ status: 'nascent' }));

/** What stands for a container that was there before, or is not finished: such a directory can be deleted as it is. */
const removal: readonly Way[] = [[empty, dropId], [dropId]];

function waysOfCreate({ owner }: Call): Record<string, readonly Way[]> {
  const begun = [takeId, on(['nascent'], () => ({ status: 'creating', owner }))];
  const exists: Status[] = ['creating', ...LIVE, 'stopped'];
  return {
    ok: [[...begun, on(['creating'], () => ({ status: 'created' }))]],
    exists: [[on([...exists, 'nascent'])], [takeId, on(exists)]],
    // Deleted between the directory's making and its lock.
    absent: [[takeId, always], [takeId, dropId]],
    'cut off': [[...begun, on(['creating'], () => ({ status: 'created' }))],
      [...begun, on(['creating'], () => ({ status: 'stopped' }))]],
  };
}

function waysOfDelete(force: boolean): Record<string, readonly Way[]> {
  const end = on(force ? [...LIVE, 'stopped'] : ['created', 'dying', 'stopped'], toDying);
  const ways: Way[] = removal.map((way) => way === removal[0] ? [end, ...way] : way);
  if (!force) return { ok: ways, 'not stopped': [[on(['running', 'paused', 'dying'])]], 'cut off': ways };
  // The start that may hold the lock is ended first, whatever comes into its place then.
  const forced = [...ways, ...ways.map((way) => [killIfLive, ...way]), [killIfLive, isAbsent], [isAbsent]];
  return { ok: forced, 'cut off': forced };
}

function waysOfState({ found }: Call): Record<string, readonly Way[]> {
  const { status = '', owner = '' } = found ?? {};
  const shows = look((state) => {
    if (state.status === 'nascent') return ['creating', 'stopped'].includes(status);
    const isOwn = owner === state.owner || (state.status === 'creating' && owner === '');
    const isDying = state.status === 'dying' && ['created', 'running', 'paused'].includes(status);
    const isRight = status === state.status || isDying;
    return isOwn && isRight;
  });
  return { ok: [[shows]] };
}

function waysOfExec({ found }: Call): Record<string, readonly Way[]> {
  const isWith = look((state) => LIVE.includes(state.status) && state.owner === found?.owner);
  return {
    ok: [[isWith]],
    stopped: [[on(['nascent', 'stopped', 'dying'])]],
    paused: [[on(['paused', 'dying'])]],
    creating: [[on(['nascent', 'creating'])]],
    ended: [[on(LIVE), on(GOING)]],
    'cut off': [[always]],
  };
}

/** Pause, resume and update take no lock: they look, and then act on what is there by then. */
function unlocked(from: readonly Status[], acts: Way, refused: Record<string, readonly Status[]>) {
  const refusals = Object.entries(refused).map(([name, statuses]) => [name, [[on(statuses)]]] as const);
  const ways = [[on(from), ...acts]];
  return { ok: ways, 'cut off': ways, ended: [[on(LIVE), on(GOING)]], ...Object.fromEntries(refusals) };
}

function waysOf(call: Call): Record<string, readonly Way[]> {
  const down: Status[] = ['nascent', 'creating', 'stopped', 'dying'];
  switch (call.name) {
    case 'create': return waysOfCreate(call);
    case 'start': return {
      ok: [[on(['created'], () => ({ status: 'running', start: 'yes' }))], [on(['dying'])]],
      running: [[on(['running', 'dying'])]],
      paused: [[on(['paused', 'dying'])]],
      stopped: [[on(['stopped', 'dying', 'nascent'])]],
      'cut off': [[on(['created'], () => ({ start: 'released' }))], [on(['dying'])]],
    };
    case 'state': return waysOfState(call);
    case 'kill': return {
      ok: [[on(LIVE, toDying)]], 'not running': [[on(down)]], 'cut off': [[on(LIVE, toDying)]],
    };
    case 'signal': return { ok: [[on(LIVE)]], 'not running': [[on(down)]], 'cut off': [[always]] };
    case 'pause':
      // v1 is told again until all stands still: a resume that comes between has been in vain.
      return unlocked(['created', 'running', 'dying'], [freeze, freeze], { 'not running': [...down, 'paused'] });
    case 'resume':
      return unlocked(['paused', 'dying'], [thaw], { 'not paused': [...down, 'created', 'running'] });
    case 'update': return unlocked(['creating', ...LIVE], [], { 'not running': down });
    case 'exec': return waysOfExec(call);
    case 'delete': return waysOfDelete(false);
    case 'delete --force': return waysOfDelete(true);
  }
}

/** How far a call has come: nowhere, or behind so many steps of one of its ways. */
type Progress = ReadonlyMap<Call, readonly [way: number, steps: number]>;

/** One explanation of all that has been answered so far. */
interface World {
  readonly state: State;
  readonly progress: Progress;
}

function keyOf({ state, progress }: World, calls: readonly Call[]): string {
  return `${Object.values(state).join()} ${calls.map((call) => progress.get(call)?.join('.') ?? '').join()}`;
}

const known = new WeakMap<Call, readonly Way[]>();

function ways(call: Call): readonly Way[] {
  const before = known.get(call);
  if (before !== undefined) return before;
  const { [call.outcome]: found, absent = [[isAbsent]] } = waysOf(call);
  const all = found ?? (call.outcome === 'absent' ? absent : []);
  known.set(call, all);
  return all;
}

/** Whether a call does nothing but look, once. */
function isLook(call: Call): boolean {
  return ways(call).every(([step, ...more]) => more.length === 0 && step !== undefined && looks.has(step));
}

/** With every call done that only has to see this state: when it does makes no difference to anybody. */
function observed(world: World, calls: readonly Call[]): World {
  const { state } = world;
  let progress: Map<Call, readonly [number, number]> | undefined;
  for (const call of calls) {
    if (world.progress.has(call) || !isLook(call)) continue;
    const way = ways(call).findIndex(([step]) => step?.(state) !== undefined);
    if (way >= 0) progress = (progress ?? new Map(world.progress)).set(call, [way, 1]);
  }
  return progress === undefined ? world : { state, progress };
}

/** The worlds that are one step away. */
function* nextWorlds({ state, progress }: World, calls: readonly Call[]): Generator<World> {
  if (state.status === 'dying') yield { state: { ...state, status: 'stopped' }, progress };
  if (state.status === 'created' && state.start === 'released') {
    yield { state: { ...state, status: 'running', start: 'yes' }, progress };
  }
  for (const call of calls) {
    const at = progress.get(call);
    for (const [index, way] of ways(call).entries()) {
      if (at !== undefined && at[0] !== index) continue;
      const steps = at?.[1] ?? 0;
      const next = way[steps]?.(state);
      if (next !== undefined) yield { state: next, progress: new Map(progress).set(call, [index, steps + 1]) };
    }
  }
}

/** Every world that the steps of the calls under way can lead to. */
function reachable(worlds: readonly World[], calls: readonly Call[]): World[] {
  const all = new Map<string, World>();
  const add = (world: World): void => {
    const seen = observed(world, calls);
    const key = keyOf(seen, calls);
    if (!all.has(key)) all.set(key, seen);
  };
  worlds.forEach(add);
  // The map grows while it is walked.
  for (const world of all.values()) for (const next of nextWorlds(world, calls)) add(next);
  return [...all.values()];
}

function hasEnded({ progress }: World, call: Call): boolean {
  if (call.outcome === 'cut off') return true;
  const at = progress.get(call);
  return at !== undefined && ways(call)[at[0]]?.length === at[1];
}

function withoutCall({ state, progress }: World, call: Call): World {
  const left = new Map(progress);
  left.delete(call);
  return { state, progress: left };
}

const SHOWN = 16;

function describe({ edge, call }: HistoryEntry): string {
  const { status = '', owner = '' } = call.found ?? {};
  const answer = edge === 'begin' ? '…' : `${call.outcome} ${status} ${owner}`.trimEnd();
  return `${edge} ${call.name}${call.name === 'create' ? ` by ${call.owner}` : ''}: ${answer}`;
}

/** Looks for an order of all steps on a container that explains the answers. @returns the history to the first answer
 * that nothing explains, or undefined when all is right */
export function unexplained(history: readonly HistoryEntry[]): string | undefined {
  let worlds: World[] = [{ state: { status: 'absent', owner: '', start: 'no' }, progress: new Map() }];
  const open: Call[] = [];
  for (const [index, { edge, call }] of history.entries()) {
    if (edge === 'begin') {
      open.push(call);
      continue;
    }
    const before = new Set(worlds.map(({ state }) => `${state.status} ${state.owner}`.trimEnd()));
    const ended = reachable(worlds, open).filter((world) => hasEnded(world, call));
    open.splice(open.indexOf(call), 1);
    const kept = new Map(ended.map((world) => withoutCall(world, call)).map((world) => [keyOf(world, open), world]));
    worlds = [...kept.values()];
    if (worlds.length > 0) continue;
    const last = history.slice(Math.max(0, index - SHOWN), index + 1).map(describe);
    return [...last, `but it can only have been ${[...before].join(', or ')}`].join('\n');
  }
  return undefined;
}
