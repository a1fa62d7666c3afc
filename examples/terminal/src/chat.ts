import process from 'node:process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { amandaErrorOf, createAmandaClient } from '@amanda/client';

/**
 * A chat in the terminal. Start a server (`npm start`), make a token in its settings, and then:
 *
 *   node --conditions=development src/chat.ts --token <token>
 *
 * Each line is a question; the answer appears as it is written. Ctrl+C stops an answer, and ends the chat between two.
 */
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:5000' },
    token: { type: 'string' },
    chat: { type: 'string' },
  },
});
const { token, url } = values;
if (token === undefined) {
  process.stderr.write('Please give a token: --token <token>\n');
  process.exit(2);
}

using client = createAmandaClient({ url, token });
let stop: (() => Promise<unknown>) | undefined;

try {
  const chatId =
    values.chat === undefined ? (await client.trpc.chat.create.mutate({})).id : Number(values.chat);
  const chat = client.chat(chatId);
  const lines = createInterface({
    input: process.stdin,
    terminal: process.stdin.isTTY,
    output: process.stderr,
  });
  // Only a terminal says it this way; elsewhere the signal ends the process as usual.
  lines.on('SIGINT', () => {
    if (stop === undefined) lines.close();
    else void stop();
  });
  process.stderr.write('> ');
  for await (const line of lines) {
    if (line.trim() === '') continue;
    const turn = chat.send(line);
    stop = () => turn.stop();
    let shown = 0;
    for await (const { status, text } of turn) {
      process.stdout.write(text.slice(shown));
      shown = text.length;
      if (status !== 'streaming' && status !== 'complete') process.stdout.write(` [${status}]`);
    }
    stop = undefined;
    process.stdout.write('\n');
    process.stderr.write('> ');
  }
} catch (error) {
  process.stderr.write(`${amandaErrorOf(error).message}\n`);
  process.exitCode = 1;
}
