// The calls that 32-bit x86 has twice: directly (since Linux 4.3, 5.1), and as functions of socketcall(2) and ipc(2),
// whose first argument says which. What a profile says of `socket` must hold for both, or a program could choose.

import { type NamedVerdicts, type Rule, type Verdict } from './rules.ts';

/** Numbers of <linux/net.h> and <linux/ipc.h>. */
const FUNCTIONS = {
  socketcall: {
    socket: 1, bind: 2, connect: 3, listen: 4, accept: 5, getsockname: 6, getpeername: 7, socketpair: 8, send: 9,
    recv: 10, sendto: 11, recvfrom: 12, shutdown: 13, setsockopt: 14, getsockopt: 15, sendmsg: 16, recvmsg: 17,
    accept4: 18, recvmmsg: 19, sendmmsg: 20,
  },
  ipc: {
    semop: 1, semget: 2, semctl: 3, semtimedop: 4, msgsnd: 11, msgrcv: 12, msgget: 13, msgctl: 14, shmat: 21, shmdt: 22,
    shmget: 23, shmctl: 24,
  },
} as const;

export type Multiplexer = keyof typeof FUNCTIONS;

export function isMultiplexer(name: string): name is Multiplexer {
  return name === 'socketcall' || name === 'ipc';
}

/**
 * What a profile says of socketcall(2) or ipc(2): its own rules, and those of the functions.
 *
 * A function's arguments are in memory, out of a filter's sight. libseccomp keeps the conditions all the same, but for
 * the first argument's, and so does this: a profile means the same here as with runc.
 */
export function multiplexedVerdict(verdicts: NamedVerdicts, name: Multiplexer): Verdict {
  const own = verdicts.get(name);
  if (typeof own === 'number') return own;
  const rules: Rule[] = [...own ?? []];
  const functions: Readonly<Record<string, number>> = FUNCTIONS[name];
  for (const called in functions) {
    const verdict = verdicts.get(called);
    if (verdict === undefined) continue;
    const number = functions[called] ?? 0;
    if (typeof verdict === 'number') rules.push(functionRule({ action: verdict, conditions: [], source: -1 }, number));
    else for (const rule of verdict) rules.push(functionRule(rule, number));
  }
  return rules.length === 0 ? undefined : rules;
}

function functionRule({ action, conditions, source }: Rule, number: number): Rule {
  const isFunction = {
    index: 0, operator: 'SCMP_CMP_EQ', high: 0, low: number, maskHigh: 0xffff_ffff, maskLow: 0xffff_ffff,
  } as const;
  return { action, conditions: [isFunction, ...conditions.filter(({ index }) => index !== 0)], source };
}
