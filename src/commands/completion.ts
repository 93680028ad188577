// nunc completion: prints a script that lets a shell complete what table.ts lists.

import { NuncError } from '../error.ts';
import type { Invocation } from './command.ts';

export async function run({ positionals: [shell = ''], print }: Invocation): Promise<number> {
  print(await renderScript(shell));
  return 0;
}

async function renderScript(shell: string): Promise<string> {
  switch (shell) {
    case 'bash':
      return (await import('./completion-bash.ts')).renderBash();
    case 'zsh':
      return (await import('./completion-zsh.ts')).renderZsh();
    default:
      throw new NuncError('usage', `cannot write a completion for ${JSON.stringify(shell)}: only for bash and zsh`);
  }
}
