import { followMessage, mutate, openSocket } from '../measure/clients.ts';
import { assertCount, type Figure, median, quantile } from '../measure/figures.ts';
import { type Stage, socketUrl, userOf } from '../measure/stage.ts';
import { questionOf } from '../pieces.ts';

const order = { pieces: 4000, size: 24, rate: 0 };
const replays = 200;

/** Reading a finished answer of many pieces again, from its beginning. */
export async function replay(stage: Stage): Promise<readonly Figure[]> {
  const user = userOf(stage, 0);
  const { id: chatId } = await mutate(stage.amanda.url, user, 'chat.create', {});
  const socket = await openSocket(socketUrl(stage), user.cookie);
  const { messageId = 0 } = await mutate(stage.amanda.url, user, 'message.send', {
    chatId,
    text: questionOf(order),
  });
  await followMessage(socket, messageId, order.size);

  const times: number[] = [];
  const frames: number[] = [];
  for (let i = 0; i < replays; i += 1) {
    const start = performance.now();
    const received = await followMessage(socket, messageId, order.size);
    times.push(performance.now() - start);
    assertCount('replay', received.count, order.pieces);
    frames.push(received.frames);
  }
  socket.terminate();
  const what = `replay of a finished message of ${order.pieces} pieces`;
  return [
    {
      what: `${what}, p99`,
      unit: 'ms',
      limit: null,
      amanda: quantile(times, 0.99),
      goal: '≤ 20 ms',
      met: quantile(times, 0.99) <= 20,
    },
    {
      what: `${what}, frames with text`,
      unit: '',
      limit: null,
      amanda: median(frames),
      goal: '≤ 2',
      met: median(frames) <= 2,
    },
  ];
}
