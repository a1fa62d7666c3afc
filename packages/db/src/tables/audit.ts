import type { AuditEntryModel } from '../../generated/sqlite/models.ts';
import type { Queries } from '../database.ts';

/** The audit log. */
export interface AuditRows {
  /** Stores entries, in one statement; `details` is JSON. */
  append(entries: readonly Readonly<Omit<AuditEntryModel, 'id'>>[]): Promise<void>;
  /** Removes entries older than this, at most so many. @returns how many */
  sweep(before: Date, limit: number): Promise<number>;
}

/** Makes the audit log over Prisma. */
export function auditRows({ auditEntry: entries }: Queries): AuditRows {
  return {
    async append(data) {
      await entries.createMany({ data: [...data] });
    },
    async sweep(before, limit) {
      return (await entries.deleteMany({ where: { at: { lt: before } }, limit })).count;
    },
  };
}
