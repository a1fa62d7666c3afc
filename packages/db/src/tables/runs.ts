import type { Queries } from '../database.ts';

/** The runs, as a list; what starts, writes and ends them are transactions. */
export interface RunRows {
  /** The user's runs that have not ended. */
  listActive(userId: number): Promise<readonly { runId: number; messageId: number }[]>;
}

/** Makes the list of runs over Prisma. */
export function runRows({ run: runs }: Queries): RunRows {
  return {
    async listActive(userId) {
      const rows = await runs.findMany({
        where: { userId, activeChatId: { not: null } },
        select: { id: true, messageId: true },
      });
      return rows.map(({ id, messageId }) => ({ runId: id, messageId }));
    },
  };
}
