export { type AmandaMetadata, type AmandaUIMessage, toUIMessages } from './messages.ts';
export { type AmandaChatTransport, type ChatTransportOptions, createChatTransport } from './transport.ts';
