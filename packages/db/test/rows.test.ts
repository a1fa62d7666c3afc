import { describe, expect, test } from 'vitest';
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
