import pg from 'pg';
import { EventStore, type StoredShape } from '@orderlog/event-store';
import { unreadableShapes } from '@orderlog/order-contract';

export interface CheckedFacts {
  /** Each type and version that the store holds, by its first fact. */
  shapes: StoredShape[];
  /** Those that this release cannot read. */
  unreadable: (StoredShape & { says: string })[];
  upTo: number;
}

const pieceSize = 200_000;

/** Looks at the shapes of the facts: at those that are known, and at the facts that nobody has looked at yet. */
export async function checkFacts(options: {
  /** As role verify. */
  connectionString: string;
  /** Known shapes are not believed: every fact is looked at. */
  all: boolean;
  signal: AbortSignal;
  onProgress: (facts: number, of: number) => void;
}): Promise<CheckedFacts> {
  const { connectionString, all, signal, onProgress } = options;
  const store = new EventStore({ connectionString, readTimeoutMs: 60_000 });
  try {
    const { position: end } = await store.head();
    const known = all ? nothingKnown : await knownShapes(connectionString);
    const found = new Map<string, StoredShape>();
    const note = (shape: StoredShape): void => {
      const key = `${shape.type} ${shape.schemaVersion}`;
      if (shape.firstPosition < (found.get(key)?.firstPosition ?? Infinity)) found.set(key, shape);
    };
    known.shapes.forEach(note);
    let { upTo } = known;
    for (;;) {
      signal.throwIfAborted();
      const piece = await store.shapes({ afterPosition: upTo, limit: pieceSize });
      if (piece.upTo === upTo) break;
      piece.shapes.forEach(note);
      upTo = piece.upTo;
      onProgress(upTo - known.upTo, Math.max(upTo, end) - known.upTo);
    }
    const shapes = [...found.values()].sort((one, other) => one.firstPosition - other.firstPosition);
    return { shapes, unreadable: unreadableShapes(shapes), upTo };
  } finally {
    await store.close();
  }
}

const nothingKnown: { shapes: StoredShape[]; upTo: number } = { shapes: [], upTo: 0 };

/** What migration and services have found. A database that is older than that has nothing. */
async function knownShapes(connectionString: string): Promise<typeof nothingKnown> {
  const client = new pg.Client({ connectionString, application_name: 'orderlog facts check' });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ there: boolean }>(
      `select to_regclass('orders.fact_shapes_seen') is not null as there`,
    );
    if (!tables[0]!.there) return nothingKnown;
    const { rows } = await client.query<{ type: string; schema_version: number; first_position: string }>(
      'select type, schema_version, first_position from orders.fact_shapes',
    );
    const seen = await client.query<{ up_to: string }>('select up_to from orders.fact_shapes_seen');
    return {
      shapes: rows.map((row) => ({
        ...{ type: row.type, schemaVersion: row.schema_version, firstPosition: Number(row.first_position) },
      })),
      upTo: Number(seen.rows[0]?.up_to ?? 0),
    };
  } finally {
    await client.end();
  }
}
