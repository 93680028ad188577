// What nunc uses of node:path, for POSIX paths.

/** Without empty parts, `.` and, as far as there is something before it, `..`. */
export function normalize(path: string): string {
  const isAbsolute = path.startsWith('/');
  const parts = resolved(path.split('/'), isAbsolute).join('/');
  const end = path.endsWith('/') && parts !== '' ? '/' : '';
  if (isAbsolute) return `/${parts}${end}`;
  return parts === '' ? './'.slice(0, path.endsWith('/') ? 2 : 1) : `${parts}${end}`;
}

function resolved(parts: readonly string[], isAbsolute: boolean): string[] {
  const kept: string[] = [];
  for (const part of parts) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.length > 0 && kept[kept.length - 1] !== '..') kept.pop();
    else if (!isAbsolute) kept.push(part);
  }
  return kept;
}

/** An absolute path: from the last absolute one on, or from the current directory. */
export function resolve(...paths: readonly string[]): string {
  let path = '';
  for (let i = paths.length - 1; i >= 0 && !path.startsWith('/'); i--) {
    const before = paths[i] ?? '';
    if (before !== '') path = path === '' ? before : `${before}/${path}`;
  }
  if (!path.startsWith('/')) path = `${process.cwd()}/${path}`;
  return `/${resolved(path.split('/'), true).join('/')}`;
}

/** As Node's, which leaves a part of several slashes: `//` of `//a`, `a/` of `a//b`. */
export function dirname(path: string): string {
  const trimmed = path.replace(/(?!^)\/+$/, '');
  const at = trimmed.lastIndexOf('/');
  if (at < 0) return '.';
  if (at === 0) return '/';
  return at === 1 && trimmed.startsWith('/') ? '//' : trimmed.slice(0, at);
}

export function basename(path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  return trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

export const posix = { normalize, resolve, dirname, basename } as const;
