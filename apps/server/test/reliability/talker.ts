import { type Repeats, untilAnswered } from './patience.ts';
import { createScreen, type Ending, type Screen } from './screen.ts';
import { answerTo, questionOf, type Story } from './story.ts';
import type { Device } from './viewer.ts';

/** One answer that somebody asked for and watched. */
export interface Turn {
  readonly question: string;
  readonly chatId: number;
  readonly questionId: number;
  readonly messageId: number;
  readonly over: Device['over'];
  readonly screen: Screen;
  ending: Ending | null;
}

/** Somebody who asks, watches the answer to its end, and asks again, whatever happens to the server meanwhile. */
export interface Talker {
  /** All that was acknowledged to it, in order; the last one may be under way. */
  readonly turns: readonly Turn[];
  readonly repeats: Repeats;
  /** Resolves when it has fallen silent: after the end of the answer that it was watching. */
  readonly silent: Promise<void>;
  /** Asks nothing more. */
  hush(): void;
}

/** Lets somebody talk. @param story of each turn; a new chat is begun every `turnsPerChat` */
export function talk(device: Device, story: (turn: number) => Story, turnsPerChat = 5): Talker {
  const turns: Turn[] = [];
  const repeats: Repeats = { calls: 0, attempts: 0 };
  const hushed = new AbortController();

  const run = async () => {
    let chatId = 0;
    for (let count = 0; !hushed.signal.aborted; count += 1) {
      if (count % turnsPerChat === 0) {
        const chat = await untilAnswered((clientId) => device.api.chat.create.mutate({ clientId }), {
          repeats,
        });
        chatId = chat.id;
      }
      const question = questionOf(story(count));
      const sent = await untilAnswered(
        (clientId) => device.api.message.send.mutate({ chatId, text: question, clientId }),
        { repeats },
      );
      const screen = createScreen(answerTo(question));
      const turn: Turn = { ...sent, question, over: device.over, screen, ending: null };
      turns.push(turn);
      const view = device.view(sent, screen);
      turn.ending = await screen.ended;
      view[Symbol.dispose]();
    }
  };
  return {
    turns,
    repeats,
    silent: run(),
    hush() {
      hushed.abort();
    },
  };
}
