import type { ClientBase } from 'pg';
import { emptyStream, type StreamHead } from './batch.js';
import { textArray } from './binary-array.js';

/** The heads of these streams at this moment. Whoever has not the append lock can only encode on them: begin_batch looks again. */
export async function lookAtStreams(client: ClientBase, streams: readonly string[]): Promise<Map<string, StreamHead>> {
  const { rows } = await client.query<{ stream: string; version: string | null; hash: Buffer }>({
    name: 'look-at-streams',
    text: `select s.stream, e.version, e.hash from unnest($1::text[]) as s (stream) left join lateral (
        select e.version, e.hash from orders.events e where e.stream_id = s.stream order by e.version desc limit 1
      ) as e on true`,
    values: [textArray(streams)],
  });
  return new Map(
    rows.map(({ stream, version, hash }) => [
      stream,
      version === null ? emptyStream : { version: Number(version), hash },
    ]),
  );
}
