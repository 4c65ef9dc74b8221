/**
 * Two kinds of tests: `*.spec.ts` need nothing but Node; `*.stack.spec.ts` run on a real Postgres, Kafka and registry,
 * which the global set-up starts (or takes from the environment) only when such a test is among those asked for.
 */
const base = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { swcrc: true }] },
  moduleNameMapper: {
    '^@orderlog/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^@orderlog/([^/]+)/testing$': '<rootDir>/libs/$1/src/testing/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/.orderlog/'],
};

export default {
  testTimeout: 60_000,
  maxWorkers: 2,
  workerIdleMemoryLimit: '1GB', // modules of a finished test file are not given back: start the worker afresh
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: ['<rootDir>/{libs,apps,bench,e2e,scripts,schemas,deploy,k8s}/**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.stack\\.spec\\.ts$'],
    },
    {
      ...base,
      displayName: 'stack',
      testMatch: ['<rootDir>/{libs,apps,e2e,bench}/**/*.stack.spec.ts'],
      globalSetup: '<rootDir>/libs/local-stack/jest-stack-setup.mjs',
      globalTeardown: '<rootDir>/libs/local-stack/jest-stack-teardown.mjs',
    },
  ],
};
