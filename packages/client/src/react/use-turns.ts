import { type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query';
import type { Turn } from '../chat/turn.ts';
import { newClientId } from '../environment/client-id.ts';
import { useAmanda, useTRPC } from './context.ts';

/** Names a call, so that it is carried out once however often it is sent; a random UUID when absent. */
interface Named {
  readonly clientId?: string;
}

/** A call that begins a turn counts as pending until the list of messages shows what it did. */
function useTurn<Input extends Named>(
  chatId: number,
  begin: (input: Input, options: { clientId: string }) => Turn,
) {
  const queryClient: QueryClient = useQueryClient();
  const trpc = useTRPC();
  return useMutation({
    // A call without a link waits for one by itself, so that it is sent the moment the link is back.
    networkMode: 'always',
    mutationFn: (input: Input) => begin(input, { clientId: input.clientId ?? newClientId() }).started,
    onSuccess: () =>
      queryClient.invalidateQueries({ queryKey: trpc.message.list.infiniteQueryKey({ chatId }) }),
  });
}

/** Sends a question. While it is pending, `variables.text` is what to show; it waits for the link as long as it takes. */
export function useSend(chatId: number) {
  const chat = useAmanda().chat(chatId);
  return useTurn(chatId, ({ text }: Named & { text: string }, options) => chat.send(text, options));
}

/** Answers the last question anew. */
export function useRegenerate(chatId: number) {
  const chat = useAmanda().chat(chatId);
  return useTurn(chatId, ({ messageId }: Named & { messageId: number }, options) =>
    chat.regenerate(messageId, options),
  );
}

/** Puts another question in the place of one. */
export function useEdit(chatId: number) {
  const chat = useAmanda().chat(chatId);
  return useTurn(chatId, ({ messageId, text }: Named & { messageId: number; text: string }, options) =>
    chat.edit(messageId, text, options),
  );
}

/** Goes on with an answer that was cut off. */
export function useContinue(chatId: number) {
  const chat = useAmanda().chat(chatId);
  return useTurn(chatId, ({ messageId }: Named & { messageId: number }, options) =>
    chat.continue(messageId, options),
  );
}

/** Ends the writing of an answer; what was written stays. */
export function useStop(chatId: number) {
  const chat = useAmanda().chat(chatId);
  return useMutation({
    networkMode: 'always',
    mutationFn: ({ messageId }: { messageId: number }) => chat.stop(messageId),
  });
}
