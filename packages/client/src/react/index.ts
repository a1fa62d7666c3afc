'use client';

export { AmandaProvider, type AmandaProviderProps, useAmanda, useTRPC } from './context.ts';
export { createQueryClient } from './query-client.ts';
export { type Followed, useAnswer } from './use-answer.ts';
export { useConnection } from './use-connection.ts';
export { useChatById, useChats, useMessages, useSearch, useVersions } from './use-lists.ts';
export { useContinue, useEdit, useRegenerate, useSend, useStop } from './use-turns.ts';
