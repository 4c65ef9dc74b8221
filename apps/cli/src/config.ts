import { z } from 'zod';
import { CommandFailed } from './terminal/command-failed.js';

const postgresUrl = z.string().regex(/^postgres(ql)?:\/\//, 'must start with postgres:// or postgresql://');
const postgres = (role: string) => postgresUrl.default(`postgres://${role}:${role}@127.0.0.1:7432/orderlog`);
const http = (standard: string) =>
  z
    .string()
    .regex(/^https?:\/\//, 'must start with http:// or https://')
    .transform((url) => url.replace(/\/+$/, ''))
    .default(standard);

/** What the commands read of the environment, with the defaults of `npm start`. An empty text counts as not given. */
export const settings = {
  DATABASE_URL: postgres('postgres'),
  ORDERS_DATABASE_URL: postgres('orders'),
  VERIFY_DATABASE_URL: postgres('verify'),
  /** Only for the passwords in them, which `migrate` gives the roles. */
  RELAY_DATABASE_URL: postgresUrl.optional(),
  REVENUE_DATABASE_URL: postgresUrl.optional(),
  AUDIT_DATABASE_URL: postgresUrl.optional(),
  KAFKA_BROKERS: z.string().default('127.0.0.1:7092'),
  SCHEMA_REGISTRY_URL: http('http://127.0.0.1:7081/apis/ccompat/v7'),
  TOPIC_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]*$/, 'may hold letters, digits, dot, underscore and dash')
    .default(''),
  ORDERS_URL: http('http://127.0.0.1:7001'),
  RELAY_URL: http('http://127.0.0.1:7002'),
  REVENUE_URL: http('http://127.0.0.1:7003'),
  AUDIT_URL: http('http://127.0.0.1:7004'),
  /** Copies of each topic's partitions, where `topics create` makes them. With 3, two must have a message. */
  TOPIC_REPLICATION: z.coerce.number().int().min(1).max(9).default(1),
};

export type Config = z.output<z.ZodObject<typeof settings>>;

/** @throws CommandFailed, naming what is wrong; never the value, which may hold a password */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const read = z
    .object(settings)
    .safeParse(followed(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))));
  if (read.success) return read.data;
  const wrong = read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new CommandFailed(
    `the environment is not right: ${wrong.join('; ')}`,
    'Set it right, or unset it for the default.',
  );
}

/**
 * Who has moved `npm start` to other ports, or to a Postgres of theirs, finds the commands there too: what is not said
 * follows from what is.
 */
function followed(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { POSTGRES_PORT, KAFKA_PORT, REGISTRY_PORT, ORDERS_PORT, RELAY_PORT, REVENUE_PORT, AUDIT_PORT } = env;
  const owner =
    env['DATABASE_URL'] ??
    (POSTGRES_PORT ? `postgres://postgres:postgres@127.0.0.1:${POSTGRES_PORT}/orderlog` : undefined);
  const as = (role: string): string | undefined => {
    if (owner === undefined || !URL.canParse(owner)) return undefined;
    return Object.assign(new URL(owner), { username: role, password: role }).href;
  };
  const local = (port: string | undefined, path = ''): string | undefined =>
    port ? `http://127.0.0.1:${port}${path}` : undefined;
  const implied = {
    DATABASE_URL: owner,
    ORDERS_DATABASE_URL: as('orders'),
    VERIFY_DATABASE_URL: as('verify'),
    KAFKA_BROKERS: KAFKA_PORT ? `127.0.0.1:${KAFKA_PORT}` : undefined,
    SCHEMA_REGISTRY_URL: local(REGISTRY_PORT, '/apis/ccompat/v7'),
    ORDERS_URL: local(ORDERS_PORT),
    RELAY_URL: local(RELAY_PORT),
    REVENUE_URL: local(REVENUE_PORT),
    AUDIT_URL: local(AUDIT_PORT),
  };
  return { ...implied, ...env };
}
