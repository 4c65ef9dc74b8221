import { Client } from 'pg';
import { isLostConnection } from './postgres-error.js';

const longestGoodbyeMs = 2_000;

/**
 * What begin_batch looks at must be newer than the lock that it waited for, whatever a database is set to. And a plan is made
 * once a connection; made on an empty table it must still be the right one for twenty million rows.
 */
const settings = `
  set default_transaction_isolation = 'read committed';
  set plan_cache_mode = force_generic_plan;
  set enable_seqscan = off; set enable_bitmapscan = off; set enable_hashjoin = off; set enable_mergejoin = off`;

/**
 * Who waits for the rest of a COPY is ended by no time limit of Postgres's: a writer that was stopped in the middle of its rows,
 * or whose machine is gone, would keep the append lock for hours. Whoever waits for the lock in vain is ended, and comes here.
 */
const endOverdue = `
  select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and usename = current_user and state = 'active' and wait_event = 'ClientRead'
    and current_setting('transaction_timeout') <> '0'
    and xact_start < now() - current_setting('transaction_timeout')::interval`;

/**
 * A connection of its own for the writer, made when it is first needed and again after it was lost. Statements are pipelined:
 * one is sent while the answer to the one before is still under way.
 */
export class Lane {
  /** Connected, as far as is known. */
  client: Client | undefined;
  private connecting: Promise<Client> | undefined;

  constructor(
    private readonly connectionString: string,
    private readonly connectTimeoutMs: number,
  ) {}

  /**
   * Runs `work` on the connection. Where it shows that the connection is lost, the next caller gets a new one.
   * @throws what `work` throws, or what kept it from connecting.
   */
  async use<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
    const client = this.client ?? (await this.connected());
    try {
      return await work(client);
    } catch (error) {
      if (isLostConnection(error)) this.drop(client);
      throw error;
    }
  }

  /** Cuts the connection: whoever waits for an answer on it gets an error now. */
  cut(): void {
    if (this.client) this.drop(this.client);
  }

  async end(): Promise<void> {
    await this.connecting?.catch(() => undefined);
    const { client } = this;
    if (!client) return;
    const cut = setTimeout(() => this.drop(client), longestGoodbyeMs);
    await client.end();
    clearTimeout(cut);
    this.client = undefined;
  }

  private connected(): Promise<Client> {
    this.connecting ??= this.connect().finally(() => (this.connecting = undefined));
    return this.connecting;
  }

  private async connect(): Promise<Client> {
    const client = new Client({
      connectionString: this.connectionString,
      connectionTimeoutMillis: this.connectTimeoutMs,
      keepAlive: true,
      pipeline: true,
      application_name: 'orderlog append',
    });
    client.on('error', () => this.forget(client));
    await client.connect();
    this.client = client;
    // Not waited for: what is sent behind them comes behind them.
    for (const statement of [settings, endOverdue]) client.query(statement).catch(() => undefined);
    return client;
  }

  private drop(client: Client): void {
    this.forget(client);
    client.connection.stream.destroy();
  }

  private forget(client: Client): void {
    if (this.client === client) this.client = undefined;
  }
}
