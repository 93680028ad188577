// The two ways between the runtime and a process that it sets up: `report`, which the process writes, and `gate`, at
// which it waits. A container's are fifos in its directory, for the commands that come later; an exec's are pipes.

import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { NuncError, reasonOf } from '../error.ts';
import { makePipe } from '../ffi/child-calls.ts';
import type { Ffi } from '../ffi/port.ts';
import { fcntl, must } from '../ffi/system-calls.ts';
import * as L from '../linux/constants.ts';

export interface Fifos {
  readonly report: string;
  readonly gate: string;
}

/** Descriptors, close-on-exec; the caller closes them. */
export interface Ends {
  /** To read from. It ends when nobody has `writer` any more. */
  readonly report: number;
  /** For the process. */
  readonly writer: number;
  /** For both, open for reading and writing, so that whoever waits never reads end-of-file. */
  readonly gate: number;
}

/** Opens a container's fifos. */
export function openFifos(ffi: Ffi, fifos: Fifos): Ends {
  return openAll((open) => ({
    report: open(openReport(ffi, fifos)),
    gate: open(openSync(fifos.gate, constants.O_RDWR)),
    writer: open(openSync(fifos.report, constants.O_WRONLY)),
  }));
}

/** Makes pipes that are there as long as somebody has them. */
export function openPipes(ffi: Ffi): Ends {
  return openAll((open) => {
    const { reader: report, writer } = makePipe(ffi);
    open(report);
    open(writer);
    const { reader, writer: other } = makePipe(ffi);
    try {
      // A pipe opened once more through procfs can be opened both ways, as a fifo can.
      return { report, writer, gate: open(openSync(`/proc/self/fd/${reader}`, constants.O_RDWR)) };
    } finally {
      closeSync(reader);
      closeSync(other);
    }
  });
}

/** Closes what has been opened when a later one fails. */
function openAll(make: (open: (descriptor: number) => number) => Ends): Ends {
  const opened: number[] = [];
  try {
    return make((descriptor) => {
      opened.push(descriptor);
      return descriptor;
    });
  } catch (error) {
    for (const descriptor of opened) closeSync(descriptor);
    throw error;
  }
}

/** The read end of a container's report: opened without blocking, because nobody may write yet, and read with
 * blocking. @throws NuncError */
export function openReport(ffi: Ffi, { report: path }: Pick<Fifos, 'report'>): number {
  const report = openFifo(path, constants.O_RDONLY);
  try {
    must(fcntl(ffi, report, L.F_SETFL, 0), 'open the report fifo');
    return report;
  } catch (error) {
    closeSync(report);
    throw error;
  }
}

/** The end of a container's gate that lets go who waits there. @throws NuncError also when nobody waits */
export function openGate({ gate }: Pick<Fifos, 'gate'>): number {
  return openFifo(gate, constants.O_WRONLY);
}

/** Whatever else has come to be there is neither followed, waited for nor written to. */
function openFifo(path: string, flags: number): number {
  let descriptor: number;
  try {
    descriptor = openSync(path, flags | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (cause) {
    throw new NuncError('state', `cannot open ${JSON.stringify(path)}: ${reasonOf(cause)}`, { cause });
  }
  if (fstatSync(descriptor).isFIFO()) return descriptor;
  closeSync(descriptor);
  throw new NuncError('state', `cannot open ${JSON.stringify(path)}: it is not a fifo`);
}
