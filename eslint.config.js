// Lint rules: what TypeScript cannot see. Formatting is Prettier's, header comments and file names are tools/tidy's.
// The borders between projects follow the tags in their project.json (CONTRIBUTING.md shows them as a drawing).
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Which scopes a project of a scope may import. Applications are in no list: nobody imports them. */
const scopeBorders = {
  contract: ['contract'],
  pure: ['contract', 'pure'],
  adapter: ['contract', 'pure', 'adapter'],
  sdk: ['contract', 'pure', 'adapter', 'sdk'],
  app: ['contract', 'pure', 'adapter', 'sdk'],
  example: ['contract', 'sdk'],
  tools: ['contract', 'pure', 'adapter', 'sdk', 'tools'],
  test: ['contract', 'pure', 'adapter', 'sdk', 'tools', 'test'],
};

/** Code for any platform runs on any platform; code for one runs on that one and may use code for any. */
const platformBorders = {
  any: ['any'],
  browser: ['any', 'browser'],
  node: ['any', 'node'],
  // A service with its page, and what builds, measures and tests all of it.
  both: ['any', 'browser', 'node', 'both'],
};

const borders = (prefix, table) =>
  Object.entries(table).map(([from, to]) => ({
    sourceTag: `${prefix}:${from}`,
    onlyDependOnLibsWithTags: to.map((name) => `${prefix}:${name}`),
  }));

const pureFiles = [
  'packages/{automation,evaluator,sync,events,evolution,files,interop,stats}/src/**/*.ts',
  'packages/contract/src/{model,schema}/**/*.ts',
];
const tests = ['**/*.test.ts', '**/testing/**/*.ts', 'test/**/*.ts'];
const pure = 'Pure code takes its effects as arguments (docs/adr, CONTRIBUTING.md).';

/** Whatever a pure function must not reach: platforms, clocks, chance, effects. */
const effects = [
  'process Buffer console fetch navigator window document location localStorage sessionStorage indexedDB',
  'setTimeout setInterval setImmediate clearTimeout clearInterval clearImmediate queueMicrotask',
  'performance crypto WebSocket EventSource XMLHttpRequest BroadcastChannel Worker require global globalThis',
]
  .join(' ')
  .split(' ');

export default tseslint.config(
  {
    ignores: ['**/node_modules/', '**/dist/', '**/gen/', '.cache/', '.nx/', '.flags/', 'tmp/', 'coverage/'],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    ignores: ['**/vitest.config.ts', 'vitest.shared.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/require-await': 'off',
      // Objects are made of closures here, so their functions may be taken out.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      eqeqeq: ['error', 'always'],
      'no-console': 'error',
      'no-new-func': 'error',
      'no-implied-eval': 'error',
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['warn', { max: 70, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 5],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
        { selector: 'TSEnumDeclaration', message: 'String unions instead of enums.' },
        {
          selector:
            "MemberExpression[property.name='pathname'][object.callee.name='URL'][object.arguments.1]",
          message: 'A folder with a space in its name: fileURLToPath.',
        },
      ],
    },
  },
  {
    files: ['**/*.ts'],
    ignores: ['**/vitest.config.ts', 'vitest.shared.ts'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: [],
          enforceBuildableLibDependency: false,
          depConstraints: [...borders('scope', scopeBorders), ...borders('platform', platformBorders)],
        },
      ],
    },
  },
  {
    files: pureFiles,
    ignores: tests,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^node:', message: pure },
            { regex: '^@org/contract/gen/', message: 'Pure code knows no protobuf.' },
            { regex: '^(?!@org/|\\.|(zod|croner|jstat|yaml)$)', message: pure },
          ],
        },
      ],
      'no-restricted-globals': ['error', ...effects.map((name) => ({ name, message: pure }))],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: pure },
        { object: 'Math', property: 'random', message: pure },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
        { selector: 'TSEnumDeclaration', message: 'String unions instead of enums.' },
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: pure },
        {
          selector: "NewExpression[callee.name='RegExp']",
          message: 'No regular expression is made of data here.',
        },
      ],
    },
  },
  {
    files: tests,
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
  {
    files: ['tools/**/*.ts', 'test/**/*.ts', 'apps/shop/**/*.ts', '**/cli/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
);
