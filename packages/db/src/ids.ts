/** The largest id that every database holds: Prisma's `Int` is PostgreSQL's `integer`, with 32 bits. */
const largestId = 2 ** 31 - 1;

/**
 * An id from outside, as a Prisma query may take it. PostgreSQL answers a number beyond its column with an error.
 * No row can have such an id, so it becomes 0, which no row has either: the query finds nothing.
 *
 *   prisma.chat.findUnique({ where: { id: columnId(input.chatId) } })
 */
export function columnId(id: number): number {
  return Number.isInteger(id) && id > 0 && id <= largestId ? id : 0;
}
