// The completion for bash. Needs no bash-completion. The script walks over the words before the cursor as parse.ts
// does; bash hands over `--name=value` as three of them.

import { type Completable, completablePositional, completableValue, writtenNames } from './completable.ts';
import { shownOptions } from './signature.ts';
import { commands, globalOptions, type Option } from './table.ts';

const HEAD = `# Completion of nunc for bash: . <(nunc completion bash)

# Sets kind to what the value of option $2 of command $1 can be: nothing when it has none.
_nunc_value() {
  case "$1 $2" in
`;

const POSITIONALS = `    *) kind= ;;
  esac
}

# Sets kind to what the argument of number $2 of command $1 can be.
_nunc_positional() {
  case "$1 $2" in
`;

const OPTIONS = `    *) kind= ;;
  esac
}

# Sets words to the options of command $1.
_nunc_options() {
  case $1 in
`;

const TAIL = `  esac
}

# Sets COMPREPLY to what begins with $2 and is of kind $1.
_nunc_reply() {
  local IFS=$'\\n'
  case $1 in
    file) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$2")) ;;
    directory) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$2")) ;;
    id) COMPREPLY=($(compgen -W "$(command "\${COMP_WORDS[0]}" "\${root[@]}" list -q 2>/dev/null)" -- "$2")) ;;
    words:*) IFS=$' \\n'; COMPREPLY=($(compgen -W "\${1#words:}" -- "$2")) ;;
  esac
}

_nunc() {
  local current=\${COMP_WORDS[COMP_CWORD]} name= count=0 pending= only= i word kind words
  local -a root=()
  COMPREPLY=()
  [[ $current == = ]] && current=
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == [=:] ]]; then
      # Inside of a value, unless it is what the value comes after.
      [[ -n $pending && $word == = ]] || i=$((i + 1))
    elif [[ -n $pending ]]; then
      [[ -z $name && $pending == --root ]] && root=(--root "$word")
      pending=
    elif [[ $word == -- ]]; then
      only=yes
    elif [[ -z $only && $word == -* ]]; then
      _nunc_value "$name" "$word"
      [[ -n $kind ]] && pending=$word
    elif [[ -z $name ]]; then
      name=$word
    else
      count=$((count + 1))
    fi
  done
  if [[ -n $pending ]]; then
    _nunc_value "$name" "$pending"
    _nunc_reply "$kind" "$current"
  elif [[ -z $only && $current == -* ]]; then
    _nunc_options "$name"
    _nunc_reply "words:$words" "$current"
  elif [[ -z $name ]]; then
    _nunc_reply "words:$_nunc_commands" "$current"
  else
    _nunc_positional "$name" "$count"
    _nunc_reply "$kind" "$current"
  fi
}

complete -F _nunc nunc
`;

export function renderBash(): string {
  let values = valueCases('', globalOptions);
  let positionals = `    "help 0") kind='words:${commandNames()}' ;;\n`;
  let options = `    '') words='${optionNames(globalOptions)}' ;;\n`;
  for (const { name, options: own, positionals: operands } of commands) {
    values += valueCases(name, own);
    operands.forEach((operand, i) => {
      positionals += `    "${name} ${i}") kind='${kindOf(completablePositional(operand))}' ;;\n`;
    });
    options += `    '${name}') words='${optionNames(own)}' ;;\n`;
  }
  const names = `\n_nunc_commands='${commandNames()}'\n`;
  return `${HEAD}${values}${POSITIONALS}${positionals}${OPTIONS}${options}${TAIL}${names}`;
}

function valueCases(command: string, options: readonly Option[]): string {
  let cases = '';
  for (const option of shownOptions(options)) {
    const value = completableValue(option);
    if (value === undefined) continue;
    const patterns = writtenNames(option).map((name) => `"${command} ${name}"`);
    cases += `    ${patterns.join(' | ')}) kind='${kindOf(value)}' ;;\n`;
  }
  return cases;
}

function kindOf(value: Completable): string {
  return typeof value === 'string' ? value : `words:${value.join(' ')}`;
}

function optionNames(options: readonly Option[]): string {
  return shownOptions(options).map(({ name }) => `--${name}`).join(' ');
}

function commandNames(): string {
  return [...commands.map(({ name }) => name), 'help'].join(' ');
}
