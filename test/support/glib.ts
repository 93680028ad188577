// Asks GLib (glib.py) about D-Bus messages and GVariant texts.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

interface Answer {
  readonly error?: string;
  readonly type?: string;
  /** Hex of an encoded body, or the text of a decoded one. */
  readonly body?: string;
  readonly destination?: string;
  readonly path?: string;
  readonly interface?: string;
  readonly member?: string;
  readonly signature?: string;
  readonly serial?: number;
}

type Request = { readonly encode: string } | { readonly decode: string };

/** The answers, in order. */
export function askGlib(requests: readonly Request[]): Answer[] {
  const script = join(import.meta.dirname, 'glib.py');
  const input = requests.map((request) => `${JSON.stringify(request)}\n`).join('');
  const output = execFileSync('/usr/bin/python3', [script], { input, encoding: 'utf8' });
  return output.trim().split('\n').map((line) => JSON.parse(line) as Answer);
}
