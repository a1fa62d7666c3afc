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
export { openDatabase } from './open.ts';
export { type DatabaseState, examineDatabase } from './sqlite/examine.ts';
export { fileOfUrl } from './sqlite/url.ts';
export type { StoredAccount } from './tables/accounts.ts';
export type { MailTokenKey, MailTokenOwner } from './tables/mail-tokens.ts';
export { toDbTime } from './time.ts';
export type { RemovedSession } from './transactions/accounts.ts';
export type { StoredChat } from './transactions/chats.ts';
export type { Transactions } from './transactions/index.ts';
export type { Append, ClosedRun, RunEnd } from './transactions/journal.ts';
export type { StoredMessage } from './transactions/messages.ts';
export type { ContinuedRun } from './transactions/recovery.ts';
export { type RefusalReason, Refused } from './transactions/refused.ts';
export { isEnoughToFind, type StoredHit, snippetMarks } from './transactions/search.ts';
export type { ClientKeyInput, StartedRun, TurnIds } from './transactions/start.ts';
