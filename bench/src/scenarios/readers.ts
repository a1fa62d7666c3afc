import { followMessage, mutate, openSocket } from '../measure/clients.ts';
import { assertCount, type Figure, quantile } from '../measure/figures.ts';
import { cpuSeconds } from '../measure/process.ts';
import { type Stage, socketUrl, userOf } from '../measure/stage.ts';
import { questionOf } from '../pieces.ts';

const readers = 1000;
const sockets = 50;
const order = { pieces: 300, size: 24, rate: 30 };

/** One answer, a thousand subscribers. */
export async function manyReaders(stage: Stage): Promise<readonly Figure[]> {
  const user = userOf(stage, 1);
  const { id: chatId } = await mutate(stage.amanda.url, user, 'chat.create', {});
  const open = await Promise.all(
    Array.from({ length: sockets }, () => openSocket(socketUrl(stage), user.cookie)),
  );
  for (const socket of open) socket.setMaxListeners(readers);
  const before = cpuSeconds(stage.amanda.pid);
  const started = performance.now();
  const { messageId = 0 } = await mutate(stage.amanda.url, user, 'message.send', {
    chatId,
    text: questionOf(order),
  });
  const received = await Promise.all(
    open.flatMap((socket) =>
      Array.from({ length: readers / sockets }, () => followMessage(socket, messageId, order.size)),
    ),
  );
  const seconds = (performance.now() - started) / 1000;
  const cpu = cpuSeconds(stage.amanda.pid) - before;
  for (const one of received) assertCount('a reader', one.count, order.pieces);
  for (const socket of open) socket.terminate();
  const ages = received.flatMap((one) => one.ages);
  const what = `${readers} readers of one answer (${order.rate} pieces/s)`;
  return [
    {
      what: `${what}: age of a piece, p50`,
      unit: 'ms',
      limit: null,
      amanda: quantile(ages, 0.5),
      goal: '–',
      met: null,
    },
    {
      what: `${what}: age of a piece, p99`,
      unit: 'ms',
      limit: null,
      amanda: quantile(ages, 0.99),
      goal: '–',
      met: null,
    },
    {
      what: `${what}: share of one core`,
      unit: '%',
      limit: null,
      amanda: (100 * cpu) / seconds,
      goal: '–',
      met: null,
    },
  ];
}
