/** The largest id that a column holds: Prisma's `Int`, and PostgreSQL's `integer`, have 32 bits. */
const largestId = 2 ** 31 - 1;

/**
 * An id from outside, as a query may take it. Prisma refuses a number beyond its column with an error; nothing can
 * have such an id, so it becomes 0, which nothing has either, and the query finds nothing.
 *
 *   prisma.chat.findUnique({ where: { id: columnId(input.chatId) } })
 */
export function columnId(id: number): number {
  return Number.isInteger(id) && id > 0 && id <= largestId ? id : 0;
}
