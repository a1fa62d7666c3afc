import { setTimeout as after } from 'node:timers/promises';

import { scriptedAiBackend } from '@amanda/ai-client/scripted';
import { seededRandom, signUp, spawnServer, temporaryFolder } from '@amanda/testing';

import { type Audit, audit } from './audit.ts';
import { breachesOf, countBy } from './restarts.ts';
import { storyteller } from './story.ts';
import { talk } from './talker.ts';
import { device, transports } from './viewer.ts';

/** What was counted while the AI backend died and came back. */
export interface AiRestartCount extends Audit {
  readonly rounds: number;
  readonly turns: number;
  readonly endings: Readonly<Record<string, number>>;
  readonly breaches: readonly string[];
  /** Whether the server was the same process all the time, and well in the end. */
  readonly unharmed: boolean;
}

/** Kills the AI backend under a conversation at random moments, leaves it dead for a while, and starts it again. */
export async function aiRestarts(options: {
  rounds: number;
  seed: number;
  /** Devices of each transport. */
  devices: number;
}): Promise<AiRestartCount> {
  const random = seededRandom(options.seed);
  await using parts = new AsyncDisposableStack();
  let backend = await scriptedAiBackend(storyteller);
  parts.defer(() => backend.close());
  const { host, port } = backend;
  const folder = parts.use(await temporaryFolder());
  const server = parts.use(
    await spawnServer({
      dataDir: folder.path,
      env: { GRPC_AI_BACKEND_HOST: host, GRPC_AI_BACKEND_PORT: String(port) },
    }),
  );
  const talkers = [];
  for (const over of transports) {
    for (let index = 0; index < options.devices; index += 1) {
      const who = talkers.length;
      const user = await signUp(server.url, `${over}-${index}@example.org`);
      const story = (turn: number) => ({
        key: `${options.seed}-${who}-${turn}`,
        pieces: 1 + Math.floor(random() * 100),
        paceMs: 1 + Math.floor(random() * 5),
      });
      talkers.push(talk(parts.use(device({ url: server.url, user, over })), story));
    }
  }
  for (let round = 0; round < options.rounds; round += 1) {
    await after(100 + random() * 400);
    await backend.close();
    // Long enough for some questions to find nobody, or so short that none does.
    await after(random() < 0.5 ? 0 : random() * 300);
    backend = await scriptedAiBackend(storyteller, { port });
  }
  for (const talker of talkers) talker.hush();
  await Promise.all(talkers.map(({ silent }) => silent));
  const isWell = (await fetch(`${server.url}/ready`)).status === 200;
  const unharmed = isWell && (await server.kill('SIGTERM')) === 0;
  const turns = talkers.flatMap((talker) => talker.turns);
  return {
    rounds: options.rounds,
    turns: turns.length,
    ...audit(folder.path, turns),
    endings: countBy(turns, ({ ending }) => ending?.status ?? 'none'),
    breaches: breachesOf(turns),
    unharmed,
  };
}
