/** Close codes of tRPC sockets besides those of RFC 6455. Clients come back after all of them but `sessionEnded`. */
export const closeCodes = {
  /** The process goes away (1012, service restart). */
  restart: 1012,
  /** A frame had absurdly many messages (1009, message too big). */
  frameTooBig: 1009,
  /** The reader left its socket full for too long (1013, try again later). */
  slowReader: 1013,
  /** The session that the socket was opened with has ended; the reason says how. */
  sessionEnded: 4401,
  /** No message came in time. */
  firstMessage: 4408,
  /** The user, or all users at the address, have too many connections. */
  tooMany: 4429,
} as const;
