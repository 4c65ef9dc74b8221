import pg from 'pg';

/** Connections for the service's own tables and for reading beside the store's; few, each statement with a time limit. */
export class ReadPool extends pg.Pool {
  constructor(options: { connectionString: string; size: number; timeoutMs: number }) {
    super({
      connectionString: options.connectionString,
      max: options.size,
      connectionTimeoutMillis: options.timeoutMs,
      query_timeout: options.timeoutMs,
      statement_timeout: options.timeoutMs,
      keepAlive: true,
      application_name: 'orderlog order-service',
    });
    this.on('error', () => {
      // An idle connection was lost: the next question makes another, or says that there is none.
    });
  }
}
