// A regular expression in the place of a container's id: kill --regex, delete --regex.

import { listIds } from '../container/store.ts';
import { messageOf, NuncError } from '../error.ts';

/**
 * Does something with each container whose id the expression matches somewhere; a failure does not spare the others. As
 * with crun it is no failure that none matches.
 *
 * @param does what is done, as a message has it: `delete`
 * @throws NuncError for an expression that is none, and in the end for all that has failed
 */
export async function forEachMatching(
  { root, pattern, does }: { readonly root: string; readonly pattern: string; readonly does: string },
  act: (id: string) => Promise<void> | void,
): Promise<void> {
  const expression = compileExpression(pattern);
  const failures: string[] = [];
  let cause: unknown;
  for (const id of listIds(root)) {
    if (!expression.test(id)) continue;
    try {
      await act(id);
    } catch (error) {
      failures.push(`cannot ${does} container ${JSON.stringify(id)}: ${messageOf(error)}`);
      cause = error;
    }
  }
  if (failures.length > 0) throw new NuncError('state', failures.join('; '), { cause });
}

/** Of regex(7)'s classes, in brackets, those that an id can have characters of. */
const CLASSES: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9', alpha: 'A-Za-z', digit: '0-9', lower: 'a-z', upper: 'A-Z', xdigit: '0-9A-Fa-f', punct: '_+.\\-',
};

/** An empty one would match every container: nobody means that. */
function compileExpression(pattern: string): RegExp {
  const failed = (reason: string, cause?: unknown): NuncError => {
    const shown = JSON.stringify(pattern);
    return new NuncError('usage', `cannot read the regular expression ${shown}: ${reason}`, { cause });
  };
  if (pattern === '') throw failed('it is empty');
  try {
    return new RegExp(pattern.replace(/\[:([a-z]+):\]/g, (whole, name: string) => CLASSES[name] ?? whole));
  } catch (cause) {
    throw failed(messageOf(cause).replace(/^Invalid regular expression: */, ''), cause);
  }
}
