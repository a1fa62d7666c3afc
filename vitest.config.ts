import { defineConfig } from 'vitest/config';
import { Counts } from './tooling/counts.ts';

export default defineConfig({
  test: {
    reporters: ['dot', new Counts()],
    include: ['{packages,apps,examples}/*/{src,test}/**/*.test.ts', '{bench,tooling}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    setupFiles: ['tooling/vitest.setup.ts'],
    maxWorkers: 2,
    // For hangs alone: on a busy machine everything takes longer, and is right all the same.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 100_000 } },
    retry: 0,
    sequence: { shuffle: true },
    restoreMocks: true,
    unstubEnvs: true,
  },
});
