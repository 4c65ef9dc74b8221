import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Which part may import which: the arrows of the house go one way, from the apps down to the rules of an order. */
const boundaries = [
  { sourceTag: 'part:pure', onlyDependOnLibsWithTags: [], bannedExternalImports: ['*'] },
  { sourceTag: 'part:order-domain', onlyDependOnLibsWithTags: [], bannedExternalImports: ['*'] },
  {
    sourceTag: 'part:order-contract',
    onlyDependOnLibsWithTags: ['part:order-domain', 'part:pure'],
    bannedExternalImports: ['@nestjs/*', 'pg', 'kafkajs'],
  },
  {
    sourceTag: 'part:event-store',
    onlyDependOnLibsWithTags: ['part:pure'],
    bannedExternalImports: ['@nestjs/*', 'kafkajs'],
  },
  { sourceTag: 'part:kafka', onlyDependOnLibsWithTags: ['part:pure'], bannedExternalImports: ['pg'] },
  {
    sourceTag: 'part:projection',
    onlyDependOnLibsWithTags: ['part:kafka', 'part:pure'],
    bannedExternalImports: ['@nestjs/*', 'kafkajs'],
  },
  {
    sourceTag: 'part:projection-service',
    onlyDependOnLibsWithTags: ['part:projection', 'part:kafka', 'part:service-kit', 'part:pure'],
    bannedExternalImports: ['kafkajs'],
  },
  { sourceTag: 'part:service-kit', onlyDependOnLibsWithTags: ['part:pure'], bannedExternalImports: ['pg', 'kafkajs'] },
  {
    sourceTag: 'part:local-stack',
    // What it says of revenue is money: how many digits a currency has is a rule, and Intl knows another.
    onlyDependOnLibsWithTags: ['part:pure', 'part:order-domain'],
    bannedExternalImports: ['@nestjs/*'],
  },
  {
    sourceTag: 'part:app',
    onlyDependOnLibsWithTags: [
      'part:pure',
      'part:order-domain',
      'part:order-contract',
      'part:event-store',
      'part:kafka',
      'part:projection',
      'part:projection-service',
      'part:service-kit',
      'part:local-stack',
    ],
  },
];

/** Tests may use what tests are made of, in every part, also where the part itself may import nothing. */
const boundariesOfTests = boundaries.map((boundary) => ({
  ...boundary,
  onlyDependOnLibsWithTags: [
    ...boundary.onlyDependOnLibsWithTags,
    'part:local-stack',
    // What a projection is tested with are facts of orders.
    ...(boundary.sourceTag === 'part:projection-service' ? ['part:order-contract', 'part:order-domain'] : []),
  ],
  bannedExternalImports: boundary.bannedExternalImports?.filter((name) => name !== '*'),
  ...(boundary.bannedExternalImports?.includes('*') && { allowedExternalImports: ['@jest/globals', 'fast-check'] }),
}));

const moduleBoundaries = (depConstraints) => [
  'error',
  // `import()` means nothing but a later import here: no bundle is split by it.
  { enforceBuildableLibDependency: false, checkDynamicDependenciesExceptions: ['.*'], allow: [], depConstraints },
];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.orderlog/**', '.nx/**', '**/*.generated.ts'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': moduleBoundaries(boundaries),
      // An injected class is needed at run time for Nest's metadata: `import type` compiles and breaks at start.
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/require-await': 'off',
      'no-console': 'error',
    },
  },
  {
    files: ['apps/**/*.ts'],
    ignores: ['**/config.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'z', property: 'coerce', message: 'It takes 0x1, 1e0 and an empty text for numbers: wholeNumber().' },
      ],
    },
  },
  {
    files: ['**/*.spec.ts', 'libs/*/src/testing/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': moduleBoundaries(boundariesOfTests),
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
);
