import { Client } from 'pg';
import { isLostConnection } from './postgres-error.js';

/**
 * A connection of its own for the writer, made when it is first needed and again after it was lost. Statements are pipelined:
 * one is sent while the answer to the one before is still under way.
 */
export class Lane {
  private client: Promise<Client> | undefined;

  constructor(
    private readonly connectionString: string,
    private readonly connectTimeoutMs: number,
  ) {}

  /** @throws whatever kept it from connecting; the next call tries again. */
  connected(): Promise<Client> {
    this.client ??= this.connect().catch((error: unknown) => {
      this.client = undefined;
      throw error;
    });
    return this.client;
  }

  /** Runs `work` on the connection; where that shows that the connection is lost, the next caller gets a new one. */
  async use<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
    const client = await this.connected();
    try {
      return await work(client);
    } catch (error) {
      if (isLostConnection(error)) this.drop(client);
      throw error;
    }
  }

  /** Cuts the connection: whoever waits for an answer on it gets an error now. */
  async cut(): Promise<void> {
    const client = await this.client?.catch(() => undefined);
    if (client) this.drop(client);
  }

  async end(): Promise<void> {
    const client = await this.client?.catch(() => undefined);
    this.client = undefined;
    await client?.end();
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
    return client;
  }

  private drop(client: Client): void {
    this.forget(client);
    client.connection.stream.destroy();
  }

  private forget(client: Client): void {
    void this.client?.then(
      (current) => {
        if (current === client) this.client = undefined;
      },
      () => undefined,
    );
  }
}
