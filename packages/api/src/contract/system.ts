import { z } from 'zod';

/** Whether the server can do its work. */
export const health = z.strictObject({ status: z.enum(['healthy', 'unhealthy']) });

export const info = z.strictObject({
  service: z.string(),
  version: z.string(),
});

export type Health = z.infer<typeof health>;
export type Info = z.infer<typeof info>;
