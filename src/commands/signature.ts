// How a command and its options are written down: for the help, the documents and completion. Knows no output format.

import type { CommandEntry, Option } from './table.ts';

/** `create [options] <container-id>` */
export function signatureOf(command: CommandEntry): string {
  let text = command.name;
  if (shownOptions(command.options).length > 1) text += ' [options]';
  for (const { name, optional, rest } of command.positionals) {
    const written = rest === true && !name.includes('options') ? `${name}...` : name;
    text += optional === true ? ` [${written}]` : ` <${written}>`;
  }
  return text;
}

const help: Option = { name: 'help', alias: 'h', kind: 'boolean', help: 'show this' };

/** With --help, which all have. */
export function shownOptions(options: readonly Option[]): Option[] {
  return [...options.filter(({ hidden }) => hidden !== true), help];
}

/** `DIR: directory of the bundle` */
export function describeOption({ placeholder, repeatable, help: text }: Option): string {
  const value = placeholder === undefined ? '' : `${placeholder}: `;
  return `${value}${text}${repeatable === true ? '; may be given more than once' : ''}`;
}

/** The words that something written as `text|json` can be; none for what is not written so. */
export function wordsOf(written: string): string[] {
  return /^[a-z0-9]+(\|[a-z0-9]+)+$/.test(written) ? written.split('|') : [];
}
