import type { Writable } from 'node:stream';
import { Query, type ClientBase } from 'pg';
import { copyStatements, type BatchRows } from './batch-rows.js';

const begin = {
  name: 'begin-batch',
  text: 'select orders.begin_batch($1, $2, $3, $4, $5, $6, $7)',
};
const statements = [begin, ...Object.values(copyStatements)];

/** An argument of orders.begin_batch; a Buffer goes as binary. */
export type Argument = Buffer | string | null;

/** What is needed of pg's connection: it writes one message of the protocol a call. */
interface Connection {
  stream: Writable;
  close(what: { type: 'S'; name: string }): void;
  parse(statement: { name: string; text: string }): void;
  bind(to: { statement: string; values: Argument[] }): void;
  execute(what: object): void;
  sync(): void;
}

/** Connections that know the statements by name. */
const prepared = new WeakSet<Connection>();

/**
 * A batch as one query of pg's: begin_batch, a COPY for each table that gets rows, and one Sync behind it all, which commits.
 * Nothing is waited for in between. pg refuses COPY on a pipelined connection, where rows that are sent when Postgres asks for
 * them would come out of turn; these are sent already when it asks, and should anything before them fail, Postgres skips them.
 */
class BatchQuery extends Query {
  constructor(
    private readonly beginning: Argument[],
    private readonly copies: readonly Buffer[],
    done: (error?: Error) => void,
  ) {
    super({ text: begin.text, values: beginning }, done);
  }

  /** Called by pg between cork and uncork: it goes out in one write. */
  prepare(connection: Connection): void {
    if (!prepared.has(connection)) {
      for (const { name, text } of statements) {
        connection.close({ type: 'S', name }); // nothing, unless a try before this one got half-way
        connection.parse({ name, text });
      }
      prepared.add(connection);
    }
    connection.bind({ statement: begin.name, values: this.beginning });
    connection.execute({});
    for (const copy of this.copies) connection.stream.write(copy);
    connection.sync();
  }

  /** It says nothing: who is not refused may go on. */
  handleDataRow(): void {}

  /** Postgres asks for rows that are on their way. */
  handleCopyInResponse(): void {}
}

/** Sends a batch and commits it; within a transaction of the caller's it goes with that. Its rows are given back. */
export async function sendBatch(client: ClientBase, beginning: Argument[], rows: BatchRows): Promise<void> {
  const { connection } = client as unknown as { connection: Connection };
  await new Promise<void>((resolve, reject) => {
    client.query(
      new BatchQuery(beginning, rows.finish(), (error) => {
        if (!error) return resolve();
        prepared.delete(connection); // it may be the names that it does not know
        reject(error);
      }),
    );
  });
  rows.giveBack();
}
