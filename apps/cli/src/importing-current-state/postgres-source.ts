import pg from 'pg';
import { type Instant, parseInstant } from '@orderlog/instant';
import { CommandFailed, messageOf } from '../terminal/command-failed.js';
import type { SourceRow, TableSource } from './table-source.js';

const rowsAtATime = 2_000;

/** All values as Postgres writes them: what they mean is read from the text, as from a file. */
const asText = { getTypeParser: () => (text: string | Buffer) => String(text) };

/**
 * A database whose tables are read, and never written: one transaction, read only, that sees the same moment throughout.
 * The table and the log beside it belong to each other; read one after the other they would show gaps that are none.
 */
export class PostgresDatabase {
  private constructor(
    private readonly client: pg.Client,
    /** When that moment was. */
    readonly seenAt: Instant,
  ) {}

  /** @throws CommandFailed where it cannot be reached; never with the URL, which may hold a password */
  static async connect(url: string): Promise<PostgresDatabase> {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'orderlog import',
      connectionTimeoutMillis: 10_000,
      types: asText as unknown as pg.CustomTypesConfig,
    });
    client.on('error', () => undefined); // a lost connection fails the query that needs it
    try {
      await client.connect();
      await client.query('set default_transaction_read_only = on');
      await client.query('set datestyle = ISO, YMD');
      await client.query('set timezone = UTC');
      await client.query('begin isolation level repeatable read read only');
      const { rows } = await client.query<{ now: string }>(
        `select to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as now`,
      );
      return new PostgresDatabase(client, parseInstant(rows[0]!.now)!);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw new CommandFailed(
        `the database that is to be imported does not answer: ${messageOf(error)}`,
        'Are host, port, user, password and database of the URL right?',
        { cause: error },
      );
    }
  }

  table(name: string): TableSource {
    return new PostgresSource(this.client, `postgres:${name}`, `select * from ${quoted(name)}`, true);
  }

  query(text: string): TableSource {
    return new PostgresSource(this.client, 'postgres:query', text.trim().replace(/;\s*$/, ''), false);
  }

  /** Whether there is such a table (or view): in the same schema as another one, or where the search path finds it. */
  async findBeside(name: string, table: string | undefined): Promise<string | undefined> {
    const beside = [...partsOf(table ?? name).slice(0, -1), name].join('.');
    try {
      const { rows } = await this.client.query<{ there: string | null }>('select to_regclass($1)::text as there', [
        quoted(beside),
      ]);
      return rows[0]?.there ? beside : undefined;
    } catch (error) {
      throw new CommandFailed(`postgres:${beside} cannot be looked for: ${messageOf(error)}`, unreadableRemedy(error), {
        cause: error,
      });
    }
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }
}

class PostgresSource implements TableSource {
  constructor(
    private readonly client: pg.Client,
    readonly name: string,
    private readonly text: string,
    readonly whole: boolean,
  ) {}

  async columns(): Promise<string[]> {
    const { fields } = await this.ask(`select * from (${this.text}\n) as source limit 0`);
    return fields.map(({ name }) => name);
  }

  async *rows(columns: string[]): AsyncGenerator<SourceRow[]> {
    const chosen = columns.map((column) => pg.escapeIdentifier(column)).join(', ');
    await this.ask(`declare source_rows no scroll cursor for select ${chosen} from (${this.text}\n) as source`);
    try {
      for (let number = 0; ;) {
        const { rows } = await this.ask(`fetch ${rowsAtATime} from source_rows`);
        if (rows.length === 0) return;
        yield (rows as (string | null)[][]).map((fields) => ({ number: ++number, fields }));
      }
    } finally {
      await this.client.query('close source_rows').catch(() => undefined);
    }
  }

  /** One statement alone, whatever the text holds: the extended protocol takes no second one. */
  private async ask(text: string): Promise<pg.QueryArrayResult> {
    try {
      return await this.client.query({ text, rowMode: 'array', queryMode: 'extended' } as pg.QueryArrayConfig);
    } catch (error) {
      throw new CommandFailed(`${this.name} cannot be read: ${messageOf(error)}`, unreadableRemedy(error), {
        cause: error,
      });
    }
  }
}

function unreadableRemedy(error: unknown): string {
  const { code } = error as { code?: string };
  if (code === '42P01')
    return 'Is it in this database, and are its capitals right? One of another schema is named with it: sales.orders.';
  if (code === '42501')
    return 'Give the user of the URL the right to read it: grant usage on schema … to …; grant select on … to …';
  return 'It is read as `select … from (your query)`: give one select, with a name for each column.';
}

/** `sales.orders` as `"sales"."orders"`. */
const quoted = (name: string): string =>
  partsOf(name)
    .map((part) => pg.escapeIdentifier(part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part))
    .join('.');

/** Schema and table, as they are written: a dot between quotes (`"orders.old"`) parts nothing. */
const partsOf = (name: string): string[] => name.match(/"(?:[^"]|"")*"|[^.]+/g) ?? [name];
