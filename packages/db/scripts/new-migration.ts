/**
 * Writes a new migration: the difference between the schema as of the last migration and the current models.
 *
 *   pnpm --filter @amanda/db new-migration add_something
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { composeSchema, prismaFolder } from './schema.ts';
import { openSchemaEngine, unmodelled } from './schema-engine.ts';

const name = process.argv[2];
if (name === undefined || !/^[a-z0-9_]+$/.test(name)) {
  throw new Error('Name the migration in lower case, with underscores: new-migration add_something');
}

const migratedFile = path.join(prismaFolder, 'sqlite/migrated.prisma');
const migrated = existsSync(migratedFile) ? readFileSync(migratedFile, 'utf8') : undefined;
const current = composeSchema();

const engine = await openSchemaEngine(':memory:', current);
const { stdout } = await engine.diff({
  from:
    migrated === undefined
      ? { tag: 'empty' }
      : { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: migrated }] },
  to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: current }] },
  script: true,
  exitCode: null,
  filters: unmodelled,
});

const stamp = new Date().toISOString().replaceAll(/[-:T]/g, '').slice(0, 14);
const folder = path.join(prismaFolder, 'sqlite/migrations', `${stamp}_${name}`);
mkdirSync(folder, { recursive: true });
writeFileSync(path.join(folder, 'migration.sql'), stdout ?? '');
writeFileSync(migratedFile, current);
process.stdout.write(`${path.relative(process.cwd(), folder)}/migration.sql\n`);
