import { z } from 'zod';

/** Whether the server can do its work. */
export const health = z.strictObject({ status: z.enum(['healthy', 'unhealthy']) });

export const info = z.strictObject({
  service: z.string(),
  version: z.string(),
  /** The version of the contract that this server speaks. */
  contract: z.int(),
  /** What is refused beyond this. */
  limits: z.strictObject({
    /** The longest question, in code points. */
    question: z.int(),
  }),
});

export type Health = Readonly<z.infer<typeof health>>;
export type Info = Readonly<z.infer<typeof info>>;
