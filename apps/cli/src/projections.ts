import type { Config } from './config.js';
import { CommandFailed, messageOf } from './terminal/command-failed.js';

/** The projections that the commands know: where each answers, and the group by which it reads. */
export interface Projection {
  name: string;
  url: string;
  group: string;
}

export const projectionNames = ['revenue-projection', 'audit-projection'] as const;

/** @throws CommandFailed where there is no such projection */
export function projectionOf(name: string, config: Config): Projection {
  const urls: Record<string, string> = {
    'revenue-projection': config.REVENUE_URL,
    'audit-projection': config.AUDIT_URL,
  };
  const url = urls[name];
  if (!url)
    throw new CommandFailed(`there is no projection ${name}`, `The projections are ${projectionNames.join(' and ')}.`);
  return { name, url, group: `${config.TOPIC_PREFIX}${name}` };
}

/** What `GET /projection` answers. */
export interface ProjectionStatus {
  name: string;
  state: string;
  lag: number | null;
  /** `offset`: the next one to be read. `end` null: Kafka is away and was never asked. */
  partitions: { topic: string; partition: number; offset: number; end: number | null }[];
  /** Ranges that were never read: the group was moved forward over them. */
  incomplete: { topic: string; partition: number; from: number; to: number }[];
}

export const statusOf = (projection: Projection): Promise<ProjectionStatus> =>
  ask(projection, 'GET', '/projection') as Promise<ProjectionStatus>;

/** @throws CommandFailed where it does not answer, or answers that it will not */
export async function ask(projection: Projection, method: 'GET' | 'POST', path: string): Promise<unknown> {
  const variable = projection.name === 'revenue-projection' ? 'REVENUE_URL' : 'AUDIT_URL';
  let response: Response;
  let text: string;
  try {
    response = await fetch(projection.url + path, { method, signal: AbortSignal.timeout(60_000) });
    text = await response.text();
  } catch (cause) {
    throw new CommandFailed(
      `${projection.name} does not answer at ${projection.url} (${messageOf(cause)})`,
      `Start the platform (npm start), or set ${variable} to where it runs.`,
    );
  }
  const body = jsonOf(text) as { type?: string; title?: string; detail?: string } | undefined;
  if (response.ok && body !== undefined) return body;
  const said = [body?.title, body?.detail].filter(Boolean).join(' ') || text.slice(0, 200);
  throw new CommandFailed(
    `${projection.name} answered ${method} ${path} with ${response.status}: ${said}`,
    // A problem has a type; whatever else answers 404 is another program, or another version.
    response.status === 404 && body?.type === undefined
      ? `Is ${variable} right, and is it of this version?`
      : undefined,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
