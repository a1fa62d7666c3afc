import { z } from 'zod';
import type { RouterOutputs } from '../api.ts';

/** The snake_case shapes of the legacy surface, and how the router's answers become them. */

/** A time in UTC, ISO 8601 without a zone suffix, as the Python service wrote it. */
const naiveTime = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$/)
  .describe('UTC, ISO 8601 without a zone suffix');

const id = z.int().positive();

/** Writes a time as legacy clients expect it. */
export const toNaiveTime = (date: Date): string => date.toISOString().slice(0, -1);

export const legacyUser = z.strictObject({ id, email: z.string() });
export const legacyProfile = z.strictObject({ id, email: z.string(), created_at: naiveTime });
export const legacyChat = z.strictObject({
  id,
  user_id: id,
  title: z.string(),
  created_at: naiveTime,
  last_message_time: naiveTime,
});
export const legacyCreatedChat = z.strictObject({ chat_id: id, title: z.string(), created_at: naiveTime });
export const legacyMessage = z.strictObject({
  id,
  chat_id: id,
  role: z.enum(['user', 'assistant']),
  content: z.string(),
  timestamp: naiveTime,
});

type User = RouterOutputs['user']['profile'];
type Chat = RouterOutputs['chat']['create'];
type Message = RouterOutputs['message']['stop'];

export const toLegacyUser = ({ id, email }: User): z.infer<typeof legacyUser> => ({ id, email });

export const toLegacyProfile = (user: User): z.infer<typeof legacyProfile> => ({
  id: user.id,
  email: user.email,
  created_at: toNaiveTime(user.createdAt),
});

export const toLegacyChat = (chat: Chat, userId: number): z.infer<typeof legacyChat> => ({
  id: chat.id,
  user_id: userId,
  title: chat.title,
  created_at: toNaiveTime(chat.createdAt),
  last_message_time: toNaiveTime(chat.lastMessageAt),
});

export const toLegacyMessage = (message: Message): z.infer<typeof legacyMessage> => ({
  id: message.id,
  chat_id: message.chatId,
  role: message.role,
  content: message.text,
  timestamp: toNaiveTime(message.createdAt),
});

/** Answers without text are not shown to legacy clients. */
export const isShown = (message: Message): boolean => message.role === 'user' || message.text !== '';
