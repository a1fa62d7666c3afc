import { describe, expect, test } from 'vitest';
import { toMessage } from '../src/transactions/messages.ts';
import { int, nullable, str } from '../src/transactions/transaction.ts';

describe('a column that may be null', () => {
  test('is null, or what it holds', () => {
    expect(nullable(str, { title: null }, 'title')).toBeNull();
    expect(nullable(str, { title: 'Sea' }, 'title')).toBe('Sea');
  });

  test('read as null when the statement had not asked for it', () => {
    expect(() => nullable(int, { id: 1 }, 'pinned_at')).toThrow('pinned_at is no number');
  });
});

test('a message whose status nobody knows is not shown as one', () => {
  const row = { id: 1, chat_id: 1, role: 'user', text: 'Sea', status: 'lost' };
  expect(() => toMessage(row)).toThrow('message 1 has the unknown status lost');
});
