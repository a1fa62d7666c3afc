import type { AiClient } from '@amanda/ai-client';
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
  /** Whether the AI backend can be reached; asks it. */
  aiHealth(signal?: AbortSignal): Promise<'serving' | 'not_serving' | 'unreachable' | 'unknown'>;
  info(): Info;
}

/** Makes it. @param options.maxQuestionLength in code points */
export function createSystem(options: {
  db: Database;
  ai: AiClient;
  version: string;
  maxQuestionLength: number;
  log: Log;
}): System {
  const { db, ai, version, maxQuestionLength, log } = options;
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
    aiHealth: (signal) => ai.health(signal),
    info: () => ({
      service: 'Amanda Backend',
      version,
      contract: contractVersion,
      limits: { question: maxQuestionLength },
    }),
  };
}
