/** The tables that are brought over. */
export type AdoptedTable = 'users' | 'chats' | 'messages';

/** What became of the rows of one table; the four parts add up to what the table holds. */
export interface AdoptedRows {
  /** Brought over now. */
  added: number;
  /** Brought over by an earlier run, or an account that this server had already. */
  present: number;
  /** Left behind, for a reason that stands in the notes. */
  skipped: number;
}

/** Something that an operator may want to know about rows: why they were left behind, or what was changed in them. */
export interface AdoptionNote {
  readonly table: AdoptedTable;
  readonly outcome: 'skipped' | 'changed';
  readonly reason: string;
  /** How many rows. */
  readonly count: number;
  /** Their ids in the old database, the first twenty of them. */
  readonly ids: readonly number[];
}

/** What an adoption did, or would do. */
export interface Adoption {
  readonly rows: Readonly<Record<AdoptedTable, Readonly<AdoptedRows>>>;
  /** Whether rows have the ids that they had: so it is when the target was empty. */
  readonly idsKept: boolean;
  readonly notes: readonly AdoptionNote[];
}

/** How far an adoption is; told every few thousand rows and at the end of each table. */
export interface AdoptionProgress {
  readonly table: AdoptedTable;
  readonly done: number;
  readonly total: number;
}

const idsShown = 20;

/** Keeps count of what becomes of rows. */
export interface Ledger {
  readonly rows: Record<AdoptedTable, AdoptedRows>;
  note(table: AdoptedTable, outcome: AdoptionNote['outcome'], reason: string, id: number): void;
  skip(table: AdoptedTable, reason: string, id: number): void;
  notes(): readonly AdoptionNote[];
}

/** Makes an empty ledger. */
export function createLedger(): Ledger {
  const none = (): AdoptedRows => ({ added: 0, present: 0, skipped: 0 });
  const rows = { users: none(), chats: none(), messages: none() };
  const notes = new Map<
    string,
    { -readonly [K in keyof AdoptionNote]: AdoptionNote[K] } & { ids: number[] }
  >();
  const note: Ledger['note'] = (table, outcome, reason, id) => {
    const key = `${table} ${outcome} ${reason}`;
    const known = notes.get(key) ?? { table, outcome, reason, count: 0, ids: [] };
    notes.set(key, known);
    known.count += 1;
    if (known.ids.length < idsShown) known.ids.push(id);
  };
  return {
    rows,
    note,
    skip(table, reason, id) {
      rows[table].skipped += 1;
      note(table, 'skipped', reason, id);
    },
    notes: () => [...notes.values()],
  };
}
