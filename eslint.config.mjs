import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** What each room may import: `app -> feature -> platform -> core`. A project has one tag; nothing is allowed to everyone. */
const boundaries = [
  { sourceTag: 'app', onlyDependOnLibsWithTags: ['feature', 'platform', 'core'] },
  { sourceTag: 'feature', onlyDependOnLibsWithTags: ['platform', 'core'] },
  { sourceTag: 'platform', onlyDependOnLibsWithTags: ['platform', 'core'] },
  { sourceTag: 'core', onlyDependOnLibsWithTags: ['core'] },
  // Black box: the end-to-end tests may borrow databases and ports, and know nothing of the code they test.
  { sourceTag: 'e2e', onlyDependOnLibsWithTags: ['core'] },
  { sourceTag: 'tool', onlyDependOnLibsWithTags: ['tool', 'app', 'feature', 'platform', 'core'] },
];

export default tseslint.config(
  { ignores: ['**/node_modules', '**/dist', '**/.local', '**/.nx'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@nx/enforce-module-boundaries': ['error', { depConstraints: boundaries }],
      // Environment variables are read in one place: libs/config, from what main.ts hands it.
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'Declare the variable in the lib that uses it and take it from the parsed configuration.',
        },
      ],
      'max-lines': ['error', { max: 200, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 30, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      // Nest and TypeORM type their plain option objects as classes.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/main.ts', 'tools/**/*.ts', 'apps/e2e/**/*.ts', 'libs/testing/**/*.ts', '**/*{.,-}spec.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/*{.,-}spec.ts'],
    rules: {
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      // Jest's matchers, such as expect.any(), are of type any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
);
