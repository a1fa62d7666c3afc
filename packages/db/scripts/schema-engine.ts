import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg';
import { __wbg_set_wasm as connectWasm } from '@prisma/schema-engine-wasm/schema_engine_bg';

/** Prisma's own engine for schemas, in WebAssembly: what `prisma migrate` would use if it could be downloaded. */
export type SchemaEngine = engine.SchemaEngine;

/** The tables that Prisma does not model and must leave alone when it compares schemas. */
export const unmodelled: engine.SchemaFilter = {
  externalTables: ['search_entries', 'search_pairs'].flatMap((table) =>
    ['', '_config', '_content', '_data', '_docsize', '_idx'].map((part) => `${table}${part}`),
  ),
  externalEnums: [],
};

/** The part of the platform's `WebAssembly` that is used here; its full types come only with those of a browser. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Record<string, unknown> };
};

let ready = false;

/**
 * Opens Prisma's schema engine on a SQLite database. For development and tests only.
 *
 * @param url `file:…` or `:memory:` (enough to compare two schemas).
 * @param schema the text of a schema file.
 */
export async function openSchemaEngine(url: string, schema: string): Promise<SchemaEngine> {
  if (!ready) {
    // Imported as a module it would load too, but with a warning that this is experimental.
    const wasm = path.join(
      path.dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm')),
      'schema_engine_bg.wasm',
    );
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(wasm)), {
      './schema_engine_bg.js': engine,
    });
    connectWasm(exports);
    if (typeof exports['__wbindgen_start'] === 'function') exports['__wbindgen_start']();
    ready = true;
  }
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaBetterSqlite3({ url }));
  return await engine.SchemaEngine.new({ datamodels: [['schema.prisma', schema]] }, () => {}, adapter);
}
