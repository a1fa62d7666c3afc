import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const packageFolder = path.resolve(import.meta.dirname, '..');

/** The repository's folder of models, heads and migrations. */
export const prismaFolder = path.resolve(packageFolder, '../../prisma');

/** The composed schema file for SQLite, which `prisma.config.ts` names too. Made by {@link writeSchema}. */
export const schemaFile = path.join(packageFolder, 'generated/sqlite.prisma');

/**
 * The whole schema for SQLite: its head (generator, datasource) and the models that every database shares.
 * They are joined here because a folder per database would need a symbolic link, which clones on Windows lose.
 */
export function composeSchema(): string {
  const head = readFileSync(path.join(prismaFolder, 'sqlite/schema.prisma'), 'utf8');
  const models = readFileSync(path.join(prismaFolder, 'models.prisma'), 'utf8');
  return `${head}\n${models}`;
}

/** Writes the composed schema to {@link schemaFile}. */
export function writeSchema(): void {
  mkdirSync(path.dirname(schemaFile), { recursive: true });
  writeFileSync(schemaFile, composeSchema());
}
