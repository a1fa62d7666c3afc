import {
  type Arbitrary,
  array,
  boolean,
  constant,
  constantFrom,
  integer,
  nat,
  oneof,
  record,
  string,
} from 'fast-check';

/** One thing that happens in a life. Numbers pick among what there is, modulo its count. */
export type Step =
  | { readonly do: 'piece'; readonly text: string; readonly times: number }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'open'; readonly message: number; readonly gated: boolean; readonly stray: boolean }
  | { readonly do: 'reconnect'; readonly reader: number; readonly place: number; readonly mode: Reconnect }
  | { readonly do: 'pull'; readonly reader: number; readonly times: number }
  | { readonly do: 'gate'; readonly reader: number }
  | { readonly do: 'continue'; readonly echoes: boolean }
  | {
      readonly do:
        | 'edit'
        | 'regenerate'
        | 'send'
        | 'stop'
        | 'done'
        | 'error'
        | 'hang up'
        | 'crash'
        | 'shutdown'
        | 'delete'
        | 'restore';
    };

/** `keep`: the old subscription goes on beside the new one. `switch`: it is left. `reload`: the text is lost too. */
export type Reconnect = 'keep' | 'switch' | 'reload';

const index = nat(1000);

const text = oneof(
  { weight: 6, arbitrary: string({ maxLength: 8 }) },
  { weight: 4, arbitrary: string({ unit: 'grapheme', maxLength: 6 }) },
  // Halves of pairs, whole pairs, NUL: pieces cut anywhere, also where no text may be cut.
  {
    weight: 6,
    arbitrary: array(constantFrom('\ud83d', '\ude00', '😀', '\0', 'a', '</script>', '\ufeff', '\u001b[2J'), {
      maxLength: 5,
    }).map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: constant('') },
);

/** Some pieces are longer than what one event or one wait of the journal holds. */
const times = oneof(
  { weight: 12, arbitrary: constant(1) },
  { weight: 1, arbitrary: integer({ min: 9000, max: 30_000 }) },
);

const step: Arbitrary<Step> = oneof(
  { weight: 12, arbitrary: record({ do: constant('piece'), text, times }) },
  {
    weight: 10,
    arbitrary: record({
      do: constant('advance'),
      ms: constantFrom(0, 1, 5, 5, 20, 20, 1000, 15_000, 31_000, 61_000),
    }),
  },
  {
    weight: 4,
    arbitrary: record({ do: constant('open'), message: index, gated: boolean(), stray: boolean() }),
  },
  {
    weight: 6,
    arbitrary: record({
      do: constant('reconnect'),
      reader: index,
      place: index,
      mode: constantFrom<Reconnect>('keep', 'switch', 'reload'),
    }),
  },
  {
    weight: 20,
    arbitrary: record({ do: constant('pull'), reader: index, times: integer({ min: 1, max: 6 }) }),
  },
  { weight: 2, arbitrary: record({ do: constant('gate'), reader: index }) },
  { weight: 5, arbitrary: record({ do: constant('continue'), echoes: boolean() }) },
  {
    weight: 10,
    arbitrary: record({
      do: constantFrom(
        'stop',
        'done',
        'error',
        'hang up',
        'crash',
        'shutdown',
        'delete',
        'restore',
        'regenerate',
        'edit',
        'send',
      ),
    }),
  },
);

/** A life: what happens, and which hints are lost (0) or doubled (2). */
export const life = record({
  steps: array(step, { minLength: 4, maxLength: 50, size: 'max' }),
  hints: array(constantFrom(0, 1, 1, 2), { minLength: 1, maxLength: 7 }),
  maxAnswerLength: constantFrom(9, 1_000_000, 1_000_000, 1_000_000),
});

/** What {@link life} makes. */
export type Life = typeof life extends Arbitrary<infer T> ? T : never;
