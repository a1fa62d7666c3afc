import type { contract } from '@amanda/api';

/** The shapes of the contract, under their own names. */
export type Chat = contract.Chat;
export type ChatCursor = contract.ChatCursor;
export type ErrorCode = contract.ErrorCode;
export type ErrorDetails = contract.AmandaErrorShape['details'];
export type FeedChange = contract.FeedChange;
export type FeedEvent = contract.FeedEvent;
export type Message = contract.Message;
export type MessageStatus = contract.MessageStatus;
export type SearchHit = contract.SearchHit;
export type Started = contract.Started;
export type StreamEvent = contract.StreamEvent;
export type Usage = contract.Usage;
export type User = contract.User;
