'use client';

export { useChatTransport } from './use-chat-transport.ts';
