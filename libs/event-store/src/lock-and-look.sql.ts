import type { ClientBase } from 'pg';
import type { Standing } from './batch.js';
import { textArray } from './binary-array.js';
import {
  headFrom,
  knownCommandsFrom,
  streamHeadsFrom,
  type HeadRow,
  type KnownCommandRow,
  type StreamHeadRow,
} from './standing-rows.js';
import type { Append } from './store.js';

const statement = { name: 'lock-and-look', text: 'select * from orders.lock_and_look($1, $2, $3)' };

/**
 * Takes the store's lock, until the transaction ends, and answers how things stand for these appends. Whoever encodes after
 * it can't be overtaken, at the price of holding the lock meanwhile: the way for when others write at the same time.
 */
export async function lockAndLook(client: ClientBase, appends: readonly Append[]): Promise<Standing> {
  const commands = appends.flatMap(({ command }) => command ?? []);
  const { rows } = await client.query<
    HeadRow & { stream_heads: StreamHeadRow[] | null; known_commands: KnownCommandRow[] | null }
  >({
    ...statement,
    values: [
      textArray([...new Set(appends.map(({ stream }) => stream))]),
      textArray(commands.map(({ scope }) => scope)),
      textArray(commands.map(({ key }) => key)),
    ],
  });
  return {
    head: headFrom(rows[0]!),
    streams: streamHeadsFrom(rows[0]!.stream_heads),
    commands: knownCommandsFrom(rows[0]!.known_commands),
  };
}
