import { z } from 'zod';

/** What the workload reads of the environment; `--rate` and `--seed` say it louder. */
export const settings = {
  ORDERS_URL: z
    .string()
    .regex(/^https?:\/\//, 'must start with http:// or https://')
    .transform((url) => url.replace(/\/+$/, ''))
    .default('http://127.0.0.1:7001'),
  /** New orders a second; 0: none, only the story of Order #8471. */
  WORKLOAD_RATE: z.coerce.number().min(0).max(10_000).default(5),
  /** The same seed makes the same orders; empty: others at each start. */
  WORKLOAD_SEED: z
    .string()
    .regex(/^[A-Za-z0-9]{1,24}$/, 'must be 1 to 24 letters and digits')
    .optional(),
};

export type Config = z.output<z.ZodObject<typeof settings>>;

/** @throws Error in one sentence a name that is wrong; a misspelt WORKLOAD_ name is wrong too */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.entries(env).filter(([, value]) => value !== undefined && value !== '');
  const misspelt = given.find(([name]) => name.startsWith('WORKLOAD_') && !(name in settings));
  if (misspelt) {
    const known = Object.keys(settings).join(', ');
    throw new Error(`${misspelt[0]} is not a setting of order-workload; it has ${known}`);
  }
  const read = z.object(settings).safeParse(Object.fromEntries(given));
  if (read.success) return read.data;
  throw new Error(read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
}
