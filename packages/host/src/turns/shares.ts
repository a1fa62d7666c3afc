import { isStranger } from './party.ts';

/** Who waits, and who of them has had least. */
export interface Shares<T> {
  /** How many parties wait. */
  readonly waiting: number;
  /** Lets something wait for a party's share, after what waits for it already. */
  add(party: string, item: T): void;
  /** Takes away what is next, and says whose it is; undefined when nothing waits. */
  next(): { readonly party: string; readonly item: T } | undefined;
  /** Counts what a party has had. Forgets everything once nothing waits. */
  charge(party: string, cost: number): void;
}

/** What somebody has had: whoever has had least is served next. */
interface Share {
  had: number;
}

interface Party<T> extends Share {
  readonly items: T[];
}

interface Group<T> extends Share {
  /** What the party that was served last had had before: whoever comes anew begins there, with nothing saved up. */
  floor: number;
  readonly parties: Map<string, Party<T>>;
  /** Parties that wait. */
  waiting: number;
}

/**
 * Makes shares by start-time fair queueing: whoever has had least is next, and among equals whoever has waited longest. Users
 * are one half and strangers the other, for an address costs nothing and an attacker may have thousands.
 */
export function createShares<T>(): Shares<T> {
  const makeGroup = (): Group<T> => ({ had: 0, floor: 0, parties: new Map(), waiting: 0 });
  const users = makeGroup();
  const strangers = makeGroup();
  /** What the group that was served last had had before. */
  let floor = 0;
  const groupOf = (party: string) => (isStranger(party) ? strangers : users);

  function add(name: string, item: T): void {
    const group = groupOf(name);
    if (group.waiting === 0) group.had = Math.max(group.had, floor);
    const party = group.parties.get(name) ?? { had: 0, items: [] };
    if (party.items.length === 0) {
      party.had = Math.max(party.had, group.floor);
      group.waiting += 1;
      // To the end: it waits from now on.
      group.parties.delete(name);
      group.parties.set(name, party);
    }
    party.items.push(item);
  }

  function nextGroup(): Group<T> | undefined {
    if (strangers.waiting === 0) return users.waiting === 0 ? undefined : users;
    return users.waiting > 0 && users.had <= strangers.had ? users : strangers;
  }

  function next() {
    const group = nextGroup();
    if (group === undefined) return undefined;
    floor = Math.max(floor, group.had);
    let name = '';
    let least: Party<T> | undefined;
    for (const [key, party] of group.parties) {
      if (party.items.length === 0) {
        // What it has had is no more than what a newcomer is taken to have had.
        if (party.had <= group.floor) group.parties.delete(key);
      } else if (least === undefined || party.had < least.had) {
        name = key;
        least = party;
      }
    }
    const item = least?.items.shift();
    if (least === undefined || item === undefined) return undefined;
    group.floor = Math.max(group.floor, least.had);
    // Within equals it comes after the others.
    group.parties.delete(name);
    group.parties.set(name, least);
    if (least.items.length === 0) group.waiting -= 1;
    return { party: name, item };
  }

  function charge(name: string, cost: number): void {
    const group = groupOf(name);
    const party = group.parties.get(name);
    if (party !== undefined) party.had += cost;
    group.had += cost;
    if (users.waiting > 0 || strangers.waiting > 0) return;
    floor = 0;
    for (const idle of [users, strangers]) {
      idle.parties.clear();
      idle.had = 0;
      idle.floor = 0;
    }
  }

  return {
    get waiting() {
      return users.waiting + strangers.waiting;
    },
    add,
    next,
    charge,
  };
}
