import path from 'node:path';
import { defineConfig } from 'prisma/config';
import { prismaFolder, schemaFile } from './scripts/schema.ts';

// Must come before Prisma looks for its engine, which it would otherwise download. Set the variable to a real
// engine to use `prisma migrate`.
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= path.join(import.meta.dirname, 'scripts/no-schema-engine');

export default defineConfig({
  schema: schemaFile,
  migrations: { path: path.join(prismaFolder, 'sqlite/migrations') },
  datasource: { url: process.env['DATABASE_URL'] ?? 'file:../../data/amanda.db' },
});
