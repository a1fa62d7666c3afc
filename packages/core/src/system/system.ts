import type { AiClient } from '@amanda/ai-client';
import type { Database } from '@amanda/db';

/** What Amanda says of itself. */
export interface System {
  /** Whether the database answers. */
  health(): Promise<{ status: 'healthy' | 'unhealthy' }>;
  /** Whether the AI backend can be reached; asks it. */
  aiHealth(signal?: AbortSignal): Promise<'serving' | 'not_serving' | 'unreachable' | 'unknown'>;
  info(): { service: string; version: string };
}

/** Makes it. */
export function createSystem(options: { db: Database; ai: AiClient; version: string }): System {
  const { db, ai, version } = options;
  return {
    async health() {
      try {
        await db.prisma.setting.count();
        return { status: 'healthy' };
      } catch {
        return { status: 'unhealthy' };
      }
    },
    aiHealth: (signal) => ai.health(signal),
    info: () => ({ service: 'Amanda Backend', version }),
  };
}
