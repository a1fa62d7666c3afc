import { temporaryDatabase } from '@amanda/db/temporary';
import { assert, asyncProperty } from 'fast-check';
import { type Ground, live } from './live.ts';
import { life } from './steps.ts';
import { openDisk } from './stored.ts';

/** Leads many random lives on one database. */
export async function leadLives(options: {
  runs: number;
  seed: number;
  path?: string | undefined;
}): Promise<Ground['tally']> {
  await using db = await temporaryDatabase();
  // Only speed: that commits are synced is another test's claim.
  await db.prisma.$queryRawUnsafe('PRAGMA synchronous = OFF');
  const user = await db.prisma.user.create({
    data: { email: 'ada@example.org', passwordHash: '-', createdAt: new Date() },
  });
  using disk = openDisk(db.file);
  const ground: Ground = { db, disk, userId: user.id, tally: new Map() };
  await assert(
    asyncProperty(life, (one) => live(ground, one)),
    {
      numRuns: options.runs,
      seed: options.seed,
      ...(options.path === undefined ? {} : { path: options.path }),
    },
  );
  return ground.tally;
}
