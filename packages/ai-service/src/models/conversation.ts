import type { AiRequest, AiTurn } from '@amanda/ai-client';
import { ServerError, Status } from 'nice-grpc';

/** What is sent: at most one instruction, then turns that begin with a user's, alternate, and end with a user's. */
export interface Conversation {
  system?: string;
  turns: readonly AiTurn[];
}

const goOn =
  'Your last message broke off. Continue it from exactly where it ends: repeat none of it, do not comment on the ' +
  'interruption, and begin with the very next character.';

const between = '\n\n';

function alternating(turns: readonly AiTurn[]): AiTurn[] {
  const merged: AiTurn[] = [];
  for (const { role, text } of turns) {
    const last = merged.at(-1);
    if (text.trim() === '') continue;
    if (last?.role === role) merged[merged.length - 1] = { role, text: last.text + between + text };
    else if (last !== undefined || role === 'user') merged.push({ role, text });
  }
  return merged;
}

/**
 * The conversation in the form that every model server takes: many templates want roles to alternate, refuse empty
 * texts, and know no system role. A partial answer is followed by a request to go on, because a trailing assistant
 * message is not understood as a beginning by all models, and refused by some.
 * @param options.system where instructions go: as one of their own, or into the first user's turn
 * @throws {ServerError} when there is nothing to answer
 */
export function conversationOf(request: AiRequest, options: { system: 'own' | 'user' }): Conversation {
  const { history, message, continueFrom, systemPrompt, displayName } = request;
  const partial = continueFrom?.trim() ? continueFrom.trimEnd() : undefined;
  const turns = alternating([
    ...history,
    { role: 'user', text: message },
    ...(partial === undefined
      ? []
      : [{ role: 'assistant', text: partial } as const, { role: 'user', text: goOn } as const]),
  ]);
  const [first] = turns;
  if (first === undefined || turns.at(-1)?.role !== 'user') {
    throw new ServerError(Status.INVALID_ARGUMENT, 'There is no text to answer');
  }
  const name = displayName && `The user's name is ${JSON.stringify(displayName)}.`;
  const instructions = [systemPrompt?.trim() && systemPrompt, name].filter(Boolean).join(between);
  if (instructions === '') return { turns };
  // A name alone must not make a system turn: a server that knows none would refuse everybody who has set one.
  if (options.system === 'own' && systemPrompt?.trim()) return { system: instructions, turns };
  return { turns: [{ role: 'user', text: instructions + between + first.text }, ...turns.slice(1)] };
}

/**
 * Takes from the beginning of what follows a partial answer the white space with which that answer ended: the model was
 * shown it without, and writes it again.
 */
export function seam(continueFrom: string | undefined): (text: string) => string {
  let expected = continueFrom?.trim() ? continueFrom.slice(continueFrom.trimEnd().length) : '';
  return (text) => {
    let cut = 0;
    while (cut < text.length && expected !== '' && text[cut] === expected[0]) {
      cut += 1;
      expected = expected.slice(1);
    }
    if (cut < text.length) expected = '';
    return text.slice(cut);
  };
}
