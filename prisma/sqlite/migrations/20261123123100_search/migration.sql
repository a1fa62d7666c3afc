-- The full-text index of messages and chat titles (packages/db/src/hot/search.ts). https://sqlite.org/fts5.html
-- Prisma does not model virtual tables: see `unmodelled` in packages/db/scripts/schema-engine.ts.
CREATE VIRTUAL TABLE "search_entries" USING fts5(
    owner,
    text,
    chat_id UNINDEXED,
    tokenize = 'unicode61 remove_diacritics 2'
);
