import { contractVersion, type Health, type Info } from '@amanda/contract';
import type { Database } from '@amanda/db';
import type { Log } from '../log/log.ts';

/** What Amanda says of itself. */
export interface System {
  /**
   * Whether the database can be written: room, lock, damage, and whether the file is still its own. All callers within a
   * second share one small write.
   */
  health(): Promise<Health>;
  info(): Info;
}

/** Makes it. @param options.maxQuestionLength in code points */
export function createSystem(options: {
  db: Database;
  version: string;
  maxQuestionLength: number;
  log: Log;
}): System {
  const { db, version, maxQuestionLength, log } = options;
  let lastKind: string | undefined;
  return {
    async health() {
      const problem = await db.health();
      const kind = problem?.kind;
      if (problem !== null && kind !== lastKind)
        log.error({ err: problem }, 'the database cannot be written');
      lastKind = kind;
      return { status: problem === null ? 'healthy' : 'unhealthy' };
    },
    info: () => ({
      service: 'Amanda Backend',
      version,
      contract: contractVersion,
      limits: { question: maxQuestionLength },
    }),
  };
}
