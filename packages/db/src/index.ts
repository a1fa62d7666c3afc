export { type AdoptOptions, adoptPythonDatabase } from './adopt/adopt.ts';
export type { AdoptedTable, Adoption, AdoptionNote, AdoptionProgress } from './adopt/adoption.ts';
export type { Database, DatabaseLog, OpenOptions } from './database.ts';
export {
  DatabaseUrlError,
  ForeignFileError,
  MigrationError,
  OpenError,
  PythonDatabaseError,
} from './errors/open-error.ts';
export { asStorageError, StorageError, type StorageErrorKind } from './errors/storage-error.ts';
export type { RemovedSession } from './hot/accounts.ts';
export type { StoredChat } from './hot/chats.ts';
export type { HotQueries } from './hot/index.ts';
export type { Append, ClosedRun, RunEnd } from './hot/journal.ts';
export type { StoredMessage } from './hot/messages.ts';
export type { ContinuedRun } from './hot/recovery.ts';
export { type RefusalReason, Refused } from './hot/refused.ts';
export { isEnoughToFind, type StoredHit, snippetMarks } from './hot/search.ts';
export type { ClientKeyInput, StartedRun, TurnIds } from './hot/start.ts';
export { openDatabase } from './open.ts';
export { type DatabaseState, examineDatabase } from './sqlite/examine.ts';
export { fileOfUrl } from './sqlite/url.ts';
export type { StoredAccount } from './tables/accounts.ts';
export type { MailTokenKey, MailTokenOwner } from './tables/mail-tokens.ts';
export { toDbTime } from './time.ts';
