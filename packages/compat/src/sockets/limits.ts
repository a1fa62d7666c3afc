/** Bounds of one socket. */
export interface SocketLimits {
  /** Largest packet that a client may send, in bytes. */
  readonly packetBytes: number;
  /** Packets of one connection in one round of the event loop: over polling, in one body. */
  readonly packetsAtOnce: number;
  /** Packets that may wait for a client that does not take them. */
  readonly packetsUnread: number;
  /** Events of one socket that are being dealt with at the same time. */
  readonly events: number;
  /** Messages of one socket that wait for the end of an answer. */
  readonly waiting: number;
  /** How long each of them waits, in milliseconds. */
  readonly waitMs: number;
  /** Characters (UTF-16 units) that may lie ready for a reader before it is fed no more. */
  readonly bufferedUnits: number;
  /** How long a reader may leave its buffer full before it is sent away to resume, in milliseconds. */
  readonly stuckMs: number;
  /** From the error that says that the session has ended to the end of the connection, in milliseconds. */
  readonly farewellMs: number;
  /** How long a peer may take to answer the end of its connection, in milliseconds. */
  readonly closeMs: number;
}

export const defaultSocketLimits: SocketLimits = {
  packetBytes: 1_048_576,
  packetsAtOnce: 256,
  packetsUnread: 4_096,
  events: 32,
  waiting: 5,
  waitMs: 60_000,
  bufferedUnits: 65_536,
  stuckMs: 30_000,
  farewellMs: 500,
  closeMs: 1_000,
};
