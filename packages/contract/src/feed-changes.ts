/**
 * The kinds of change that another tab or device must know, each with the ids that say what changed; whoever is told asks
 * for the rest. Schema, types, the database's entries and the guards of clients all follow from this table.
 */
export const feedChanges = {
  'chat.created': { chatId: 'id' },
  'chat.renamed': { chatId: 'id' },
  'chat.restored': { chatId: 'id' },
  'chat.moved': { chatId: 'id' },
  'chat.read': { chatId: 'id' },
  'chat.deleted': { chatId: 'id' },
  'message.added': { chatId: 'id', messageId: 'id' },
  'message.superseded': { chatId: 'id', messageId: 'id' },
  'run.started': { chatId: 'id', messageId: 'id', runId: 'id' },
  'run.ended': { chatId: 'id', messageId: 'id', runId: 'id' },
  'session.ended': { sessionId: 'text' },
} as const satisfies Record<string, Readonly<Record<string, 'id' | 'text'>>>;

type Kinds = typeof feedChanges;
type FieldsOf<Fields> = { readonly [Name in keyof Fields]: Fields[Name] extends 'id' ? number : string };

/** Something that changed. */
export type FeedChange = {
  [Type in keyof Kinds]: { readonly type: Type } & FieldsOf<Kinds[Type]>;
}[keyof Kinds];

/** Whether a text, read from the wire or the database, names a kind of change that this version knows. */
export const isFeedChange = (type: string): type is FeedChange['type'] => Object.hasOwn(feedChanges, type);
