-- The index of texts with scripts that put no spaces between words (packages/db/src/hot/search-index.ts): their words and
-- pairs of characters in order, and each character once. It keeps no text. What is stored already is brought in by
-- packages/db/src/migrations/completions.ts.
CREATE VIRTUAL TABLE "search_pairs" USING fts5(
    owner,
    text,
    signs,
    content = '',
    contentless_delete = 1,
    tokenize = 'unicode61 remove_diacritics 2'
);
