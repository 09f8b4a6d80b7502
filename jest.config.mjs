import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const workspace = dirname(fileURLToPath(import.meta.url));

/** One configuration for every project: Nx calls `jest --rootDir <project>`. */
export default {
  testMatch: ['<rootDir>/**/*.spec.ts'],
  testEnvironment: 'node',
  moduleNameMapper: {
    '^@kubernest/(.*)/testing$': join(workspace, 'libs/$1/src/testing.ts'),
    '^@kubernest/(.*)$': join(workspace, 'libs/$1/src/index.ts'),
  },
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  globalSetup: join(workspace, 'libs/testing/src/jest-setup.ts'),
  globalTeardown: join(workspace, 'libs/testing/src/jest-teardown.ts'),
  testTimeout: 30_000,
};
