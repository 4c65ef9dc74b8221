import { setTimeout as sleep } from 'node:timers/promises';
import {
  type KafkaConnection,
  type OffsetMove,
  resetGroup,
  type ResetTo,
  topicOffsets,
  waitForEmptyGroup,
  withAdmin,
} from '@orderlog/kafka';
import { ask, type Projection, type ProjectionStatus, statusOf } from '../projections.js';
import { CommandFailed, messageOf } from '../terminal/command-failed.js';

export interface ReplayOptions {
  projection: Projection;
  to: ResetTo;
  partitions?: readonly number[];
  connection: KafkaConnection;
  signal: AbortSignal;
  say: (text: string) => void;
  /** How many messages have been read again, of how many. */
  onReplaying: (done: number, total: number) => void;
  emptyLimitMs?: number;
  pollMs?: number;
  stalledMs?: number;
}

/** Where a partition was moved, and where it ended then. */
export interface Move extends OffsetMove {
  topic: string;
  end: number;
}

export interface Replayed {
  moves: Move[];
  /** Messages that were read again. */
  messages: number;
  /** What the projection says of itself at the end: `running`, or `incomplete` after a reset that skipped something. */
  state: string;
  incomplete: ProjectionStatus['incomplete'];
}

/**
 * Makes a projection read again: it leaves its group, the group's offsets are moved, it joins again and replaces what those
 * events had produced. The service stays up all the time and answers queries. Whatever goes wrong in between, also Ctrl-C,
 * it is started again.
 * @returns once it has read all that was in the topic when the offsets were moved
 */
export async function replay(options: ReplayOptions): Promise<Replayed> {
  const { projection, connection, signal, say } = options;
  // Offsets belong to a group and a topic; a projection may read several topics, and reads all of them again.
  const topics = [...new Set((await statusOf(projection)).partitions.map(({ topic }) => topic))];
  if (topics.length === 0) {
    throw new CommandFailed(
      `${projection.name} has not been given any partition yet`,
      'Wait until it has begun to read, and try again.',
    );
  }
  say(`stopping ${projection.name}`);
  const moves: Move[] = [];
  try {
    await ask(projection, 'POST', '/projection/stop');
    signal.throwIfAborted();
    await withAdmin(connection, async (kafka) => {
      await waitForEmptyGroup(kafka, projection.group, { limitMs: options.emptyLimitMs ?? 60_000 });
      signal.throwIfAborted();
      for (const topic of topics) {
        const bounds = await topicOffsets(kafka, topic);
        const its = options.partitions?.filter((wanted) => bounds.some(({ partition }) => partition === wanted));
        if (its?.length === 0) continue; // two topics need not have the same number of partitions
        const reset = await resetGroup(kafka, projection.group, topic, options.to, { ...(its && { partitions: its }) });
        for (const move of reset) {
          moves.push({ ...move, topic, end: bounds.find(({ partition }) => partition === move.partition)!.end });
        }
      }
    });
    if (moves.length === 0) {
      throw new CommandFailed(
        `no topic has a partition ${options.partitions?.join(', ')}`,
        'Nothing was reset. Partitions count from 0.',
      );
    }
  } finally {
    await startAgain(options);
  }
  for (const { topic, partition, from, to, note } of moves) {
    say(`${topic} ${partition}: ${from ?? 'never committed'} → ${to}${note ? ` (${note})` : ''}`);
  }
  return follow(options, moves);
}

/** Tries for a while: a projection that stays stopped is what this command must never leave behind. */
async function startAgain({ projection, say }: ReplayOptions): Promise<void> {
  say(`starting ${projection.name}`);
  for (let attempt = 1; ; attempt++) {
    try {
      await ask(projection, 'POST', '/projection/start');
      return;
    } catch (error) {
      if (attempt === 30) {
        throw new CommandFailed(
          `${projection.name} could not be started again: ${messageOf(error)}`,
          `Start it by hand: curl -X POST ${projection.url}/projection/start (or restart the service).`,
        );
      }
      await sleep(1_000);
    }
  }
}

async function follow(options: ReplayOptions, moves: Move[]): Promise<Replayed> {
  const { projection, signal, pollMs = 500, stalledMs = 120_000 } = options;
  const total = moves.reduce((sum, { to, end }) => sum + Math.max(0, end - to), 0);
  let before = -1;
  let movedAt = performance.now();
  for (;;) {
    if (signal.aborted) options.say(`${projection.name} goes on by itself; its progress: ${projection.url}/projection`);
    signal.throwIfAborted();
    const status = await statusOf(projection);
    const done = moves.reduce((sum, { topic, partition, to, end }) => {
      const now = status.partitions.find((part) => part.topic === topic && part.partition === partition);
      return sum + (now ? Math.max(0, Math.min(now.offset, end) - to) : 0);
    }, 0);
    options.onReplaying(done, total);
    const settled = status.state === 'running' || status.state === 'incomplete';
    if (done >= total && settled) return { moves, messages: total, state: status.state, incomplete: status.incomplete };
    if (status.state === 'failed') {
      throw new CommandFailed(
        `${projection.name} has failed`,
        'Its log says why; when it is mended it goes on where it was.',
      );
    }
    if (done !== before) movedAt = performance.now();
    else if (performance.now() - movedAt > stalledMs) {
      throw new CommandFailed(
        `${projection.name} is ${status.state} and has not moved for ${Math.round(stalledMs / 1000)} s`,
        `Look at ${projection.url}/projection and at its log; the offsets are reset, it goes on by itself.`,
      );
    }
    before = done;
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
}
