import type { Queries } from '../database.ts';
import { accountRows } from './accounts.ts';
import { auditRows } from './audit.ts';
import { mailTokenRows } from './mail-tokens.ts';
import { runRows } from './runs.ts';
import { sessionRows } from './sessions.ts';
import { tokenRows } from './tokens.ts';

/** What reads and writes one table, by Prisma. */
export type Tables = Readonly<ReturnType<typeof createTables>>;

/** Makes the tables by their nouns. */
export const createTables = (prisma: Queries) => ({
  accounts: accountRows(prisma),
  sessions: sessionRows(prisma),
  tokens: tokenRows(prisma),
  mailTokens: mailTokenRows(prisma),
  audit: auditRows(prisma),
  runs: runRows(prisma),
});
