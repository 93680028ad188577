// The conventions of CONTRIBUTING.md that a machine can check. Sizes warn; everything else fails `npm run check`.

import stylistic from '@stylistic/eslint-plugin';
import { defineConfig, globalIgnores } from 'eslint/config';
import importSort from 'eslint-plugin-simple-import-sort';
import tseslint from 'typescript-eslint';

/** Rooms that know neither clock, environment nor engine; scripts/check-rooms.ts checks their imports. */
const pure = ['src/plan/**', 'src/elf/**', 'src/seccomp/**', 'src/linux/**'];
const ambient = ['process', 'Bun', 'Buffer', 'Date', 'performance', 'setTimeout', 'setInterval', 'fetch'];

export default defineConfig(
  globalIgnores(['dist/', 'node_modules/', 'coverage/', 'bundles/', 'src/config/validate-*', 'src/config/types.ts']),
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['*.js'] }, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { '@stylistic': stylistic, 'simple-import-sort': importSort },
    rules: {
      'simple-import-sort/imports': ['error', { groups: [['^node:', '^bun:', '^\\w|^@', '^\\.\\.', '^\\.']] }],
      'no-duplicate-imports': ['error', { allowSeparateTypeImports: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      eqeqeq: 'error',
      'no-console': 'error',
      'object-shorthand': 'error',
      'prefer-template': 'error',

      // Numbers in messages are the rule here, and they print as one expects.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => run(x)` for a call whose result nobody wants is what test callbacks look like.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Environment variables and /proc tables are looked up by name.
      '@typescript-eslint/dot-notation': 'off',
      // An empty string is no value where || is used; ?? would keep it.
      '@typescript-eslint/prefer-nullish-coalescing': 'off',
      // It would have `!`, which the rule above forbids; `as` names the type at least.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // Interfaces here are records of functions without `this`.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // An indexed loop is the cheap one in a cold interpreter.
      '@typescript-eslint/prefer-for-of': 'off',
      '@typescript-eslint/consistent-type-definitions': 'off',

      '@stylistic/quotes': ['error', 'single', { avoidEscape: true }],
      '@stylistic/semi': 'error',
      '@stylistic/comma-dangle': ['error', 'always-multiline'],
      '@stylistic/no-trailing-spaces': 'error',
      '@stylistic/eol-last': 'error',
      '@stylistic/max-len': ['warn', { code: 120, ignoreUrls: true, ignoreRegExpLiterals: true }],

      'max-lines': ['warn', { max: 300 }],
      'max-lines-per-function': ['warn', { max: 50, skipComments: true }],
      'max-params': ['warn', 4],
    },
  },
  {
    files: pure,
    rules: { 'no-restricted-globals': ['error', ...ambient] },
  },
  {
    // Tables.
    files: ['src/linux/**', 'src/commands/table.ts', 'test/attacks/classes.ts', 'test/support/broken-cases.ts'],
    rules: { 'max-lines': 'off', 'max-lines-per-function': 'off' },
  },
  {
    files: ['test/**', 'scripts/**'],
    rules: {
      'no-console': 'off',
      'max-lines-per-function': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['*.js'],
    extends: [tseslint.configs.disableTypeChecked],
  },
);
