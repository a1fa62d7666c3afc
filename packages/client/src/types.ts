/** The shapes of the contract, under their own names. */
export type {
  Chat,
  ChatCursor,
  ErrorCode,
  ErrorDetails,
  FeedChange,
  FeedEvent,
  Message,
  MessageStatus,
  SearchHit,
  Started,
  StreamEvent,
  Usage,
  User,
} from '@amanda/contract';
