import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** `ChatMessage` as the Python service has it. */
export interface OriginalMessage {
  userId: string;
  chatId: string;
  message: string;
}

/** `ChatChunk` as the Python service has it. */
export interface OriginalChunk {
  text: string;
  done: boolean;
}

function encodeMessage(message: OriginalMessage): BinaryWriter {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).string(message.userId);
  writer.tag(2, WireType.LengthDelimited).string(message.chatId);
  writer.tag(3, WireType.LengthDelimited).string(message.message);
  return writer;
}

function decodeMessage(bytes: Uint8Array): OriginalMessage {
  const reader = new BinaryReader(bytes);
  const message = { userId: '', chatId: '', message: '' };
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 1) message.userId = reader.string();
    else if (field === 2) message.chatId = reader.string();
    else if (field === 3) message.message = reader.string();
    else reader.skip(wireType, field);
  }
  return message;
}

function encodeChunk(chunk: OriginalChunk): BinaryWriter {
  const writer = new BinaryWriter();
  if (chunk.text) writer.tag(1, WireType.LengthDelimited).string(chunk.text);
  if (chunk.done) writer.tag(2, WireType.Varint).bool(true);
  return writer;
}

function decodeChunk(bytes: Uint8Array): OriginalChunk {
  const reader = new BinaryReader(bytes);
  const chunk = { text: '', done: false };
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 1) chunk.text = reader.string();
    else if (field === 2) chunk.done = reader.bool();
    else reader.skip(wireType, field);
  }
  return chunk;
}

/**
 * The original contract, written by hand from its text and not from our `.proto`, so that it stays what it is whatever
 * becomes of ours.
 */
export const originalServiceDefinition = {
  name: 'AIService',
  fullName: 'amanda.ai.AIService',
  methods: {
    streamChat: {
      name: 'StreamChat',
      requestType: { encode: encodeMessage, decode: decodeMessage },
      requestStream: false,
      responseType: { encode: encodeChunk, decode: decodeChunk },
      responseStream: true,
      options: {},
    },
  },
} as const;
