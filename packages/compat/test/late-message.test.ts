import { AmandaError } from '@amanda/api';
import { expect, test } from 'vitest';
import { socketServer } from './servers.ts';

test('a message that has waited too long is not sent, though its time ran out during an attempt', async () => {
  await using server = await socketServer();
  const { amanda, clock } = server;
  amanda.addChat();
  const { send } = amanda.caller.message;
  let attempt = send;
  amanda.caller.message.send = (input) => attempt(input);
  const client = server.connect();
  client.socket.emit('send_message', { chat_id: 1, message: 'first' });
  const first = await amanda.run(0);
  client.socket.emit('send_message', { chat_id: 1, message: 'waits' });
  const acknowledged = Promise.withResolvers<unknown>();
  client.socket.emit('stop_message', {}, acknowledged.resolve);
  await acknowledged.promise;

  // The attempt is under way when the minute is over, and finds that another device was quicker.
  const attempted = Promise.withResolvers<void>();
  const refusal = Promise.withResolvers<never>();
  attempt = () => {
    attempted.resolve();
    return refusal.promise;
  };
  first.end();
  await attempted.promise;
  clock.advance(60_000);
  const { messageId } = await send({ chatId: 1, text: 'from elsewhere' });
  const second = await amanda.run(1);
  attempt = send;
  refusal.reject(new AmandaError('RUN_ACTIVE', { details: { activeMessageId: messageId } }));
  second.end();

  const refused = (async () => {
    // `stop_message` without a message was refused before.
    await client.next('error');
    return client.next('error');
  })();
  expect(await Promise.race([refused, amanda.run(2).then(() => 'sent')])).toEqual({
    message: 'Too many messages. Please slow down.',
    retry_after_seconds: 5,
  });
  expect(amanda.messages.map(({ text }) => text)).not.toContain('waits');
});
