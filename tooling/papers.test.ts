import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** What the papers name must be there: a renamed file would leave them pointing nowhere. */

const root = join(import.meta.dirname, '..');

/** Papers that speak of today. A changelog and a table of reliability runs speak of what was. */
const papers = globSync(
  '{README.md,CONTRIBUTING.md,SECURITY.md,docs/*.md,docs/decisions/*.md,packages/*/README.md}',
  {
    cwd: root,
  },
);

/** Paths within the repository that a text names in backticks, without what may follow them (`:12`, ` › a test`). */
function pathsIn(text: string): string[] {
  return [
    ...text.matchAll(/`((?:packages|apps|prisma|proto|tooling|scripts|bench|examples|docs)\/[\w@./-]+)`/g),
  ]
    .map(([, path = '']) => path)
    .filter((path) => !path.includes('/generated/') && !path.includes('/dist'));
}

it.each(papers)('%s names only files and folders that there are', (paper) => {
  const missing = pathsIn(readFileSync(join(root, paper), 'utf8')).filter(
    (path) => !existsSync(join(root, path)),
  );
  expect(missing).toEqual([]);
});

it('sees a path that a text names', () => {
  expect(pathsIn('see `packages/core/src/nothing.ts` and `pnpm`, `docs/*.md`')).toEqual([
    'packages/core/src/nothing.ts',
  ]);
});
