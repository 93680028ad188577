// The completion for zsh, with _arguments of its completion system (zshcompsys(1)).

import { type Completable, completablePositional, completableValue, writtenNames } from './completable.ts';
import { shownOptions } from './signature.ts';
import { type CommandEntry, commands, globalOptions, type Option, type Positional } from './table.ts';

const HEAD = `#compdef nunc
# Completion of nunc for zsh: a file _nunc in $fpath, or source <(nunc completion zsh)

_nunc_ids() {
  local -a ids
  ids=(\${(f)"$(_call_program ids \${(q)_nunc_program} \${_nunc_root:+--root \${(q)_nunc_root}} list -q 2>/dev/null)"})
  compadd -a ids
}

`;

const TAIL = `# As a file of $fpath this is the body of _nunc at its first call; otherwise it is read once.
if [[ $funcstack[1] == _nunc ]]; then _nunc "$@"; else compdef _nunc nunc; fi
`;

export function renderZsh(): string {
  let body = HEAD + commandsFunction();
  for (const command of commands) body += commandFunction(command);
  return `${body}${mainFunction()}${TAIL}`;
}

function mainFunction(): string {
  const branches = commands.map(({ name }) => `    ${name}) ${functionOf(name)} ;;\n`).join('');
  return `_nunc() {
  local curcontext="$curcontext" state line _nunc_program=$words[1] _nunc_root
  typeset -A opt_args
  _arguments -C \\
${specifications(globalOptions, [])}    '1:command:_nunc_commands' \\
    '*::argument:->rest' && return
  _nunc_root=$opt_args[--root]
  case $words[1] in
${branches}    help) (( CURRENT == 2 )) && _nunc_commands ;;
  esac
}

`;
}

function commandFunction({ name, options, positionals }: CommandEntry): string {
  return `${functionOf(name)}() {\n  _arguments -s \\\n${specifications(options, positionals)}    && return\n}\n\n`;
}

function functionOf(name: string): string {
  return `_nunc_do_${name}`;
}

function commandsFunction(): string {
  const known = [...commands, { name: 'help', summary: 'show help of one command' }];
  const lines = known.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}\n`).join('');
  return `_nunc_commands() {\n  local -a known=(\n${lines}  )\n  _describe -t commands command known\n}\n\n`;
}

/** Lines of arguments for _arguments. */
function specifications(options: readonly Option[], positionals: readonly Positional[]): string {
  const lines = shownOptions(options).flatMap(optionSpecifications);
  positionals.forEach((positional, i) => {
    const place = positional.rest === true ? '*:' : `${i + 1}${positional.optional === true ? ':' : ''}`;
    lines.push(`${place}:${positional.name.replaceAll(':', '\\:')}:${actionOf(completablePositional(positional))}`);
  });
  return lines.map((line) => `    ${quote(line)} \\\n`).join('');
}

/** One for each name, which excludes the others. */
function optionSpecifications(option: Option): string[] {
  const names = writtenNames(option);
  const exclusion = option.repeatable === true ? '*' : names.length > 1 ? `(${names.join(' ')})` : '';
  const explained = option.help.replace(/[[\]\\:]/g, '\\$&');
  const value = completableValue(option);
  return names.map((name) => {
    if (value === undefined) return `${exclusion}${name}[${explained}]`;
    const written = name.startsWith('--') ? `${name}=` : name;
    const called = (option.placeholder ?? 'value').replaceAll(':', '\\:');
    return `${exclusion}${written}[${explained}]:${called}:${actionOf(value)}`;
  });
}

function actionOf(value: Completable): string {
  switch (value) {
    case 'file':
      return '_files';
    case 'directory':
      return '_directories';
    case 'id':
      return '_nunc_ids';
    case 'unknown':
      return ' ';
    default:
      return `(${value.join(' ')})`;
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", '\'\\\'\'')}'`;
}
