import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kafkaTool } from '@orderlog/local-stack';
import pg from 'pg';
import { readTopic, type SeenRecord } from './console-consumer.js';

/**
 * A text in the forms in which it may stand somewhere: as it is, as Postgres and JSON write its bytes and characters, and
 * in base64 at each of the three places that its first byte may have in a group.
 */
export function formsOf(text: string): string[] {
  const bytes = Buffer.from(text, 'utf8');
  const base64 = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    // Characters that bits of its neighbours are part of say nothing.
    return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  return [...new Set([text, JSON.stringify(text).slice(1, -1), bytes.toString('hex'), ...base64])];
}

/** Tables of a database, in all schemas and Postgres's own, of which some row holds one of these texts in any column. */
export async function tablesWith(databaseUrl: string, texts: readonly string[]): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `select format('%I.%I', nspname, relname) as name
       from pg_class join pg_namespace on pg_namespace.oid = relnamespace where relkind in ('r', 'm') order by 1`,
    );
    const found: string[] = [];
    const forms = texts.flatMap(formsOf);
    for (const { name } of rows) {
      const { rowCount } = await client.query(
        `select from ${name} one where exists (select from unnest($1::text[]) form where strpos(one::text, form) > 0) limit 1`,
        [forms],
      );
      if (rowCount) found.push(name);
    }
    return found;
  } finally {
    await client.end();
  }
}

/** Every message of every topic, from the earliest offset; by topic. */
export async function everyMessage(brokers: string): Promise<Map<string, SeenRecord[]>> {
  const ends = await kafkaTool('kafka-get-offsets', ['--exclude-internal-topics'], { brokers });
  const messages = new Map<string, number>();
  for (const line of ends.trim().split('\n')) {
    const [, topic, end] = /^(\S+):\d+:(\d+)$/.exec(line) ?? [];
    if (topic) messages.set(topic, (messages.get(topic) ?? 0) + Number(end));
  }
  const read = new Map<string, SeenRecord[]>();
  for (const [topic, count] of messages) {
    read.set(topic, count === 0 ? [] : await readTopic(brokers, topic, count));
  }
  return read;
}

/** Which of these topics carry one of these texts. */
export const topicsWith = (read: Map<string, SeenRecord[]>, texts: readonly string[]): string[] => {
  const forms = texts.flatMap(formsOf);
  return [...read]
    .filter(([, records]) =>
      records.some(({ key, value, headers }) =>
        forms.some((form) => `${key} ${value.toString('utf8')} ${JSON.stringify(headers)}`.includes(form)),
      ),
    )
    .map(([topic]) => topic);
};

/** Files below a folder that hold one of these texts. One that goes away meanwhile holds nothing. */
export async function filesWith(folder: string, texts: readonly string[]): Promise<string[]> {
  const forms = texts.flatMap(formsOf).map((form) => Buffer.from(form, 'utf8'));
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    if (forms.some((form) => bytes.includes(form))) found.push(path);
  }
  return found;
}
