import type { ReceivedMessage } from '@orderlog/kafka';
import type { Prepared } from './apply-events.js';
import type { Definition, Source } from './define-projection.js';
import { isUnavailable, plainText, sentenceOf } from './failures.js';
import { produce } from './row-changes.js';

/** What became of a message before the database is asked. */
export type ReadMessage<Event> = { message: ReceivedMessage; stream: string; unknownType?: string } & (
  { kind: 'event'; prepared: Prepared<Event> } | { kind: 'nothing' } | { kind: 'poison'; error: string }
);

/**
 * Decodes a message and makes its rows. Pure but for the schemas that the source looks up.
 * @throws only what `isUnavailable` takes for a part that is away; everything else is the message's own fault
 */
export async function readMessage<Event>(
  definition: Definition<Event>,
  source: Source<Event>,
  at: { topic: string; partition: number },
  message: ReceivedMessage,
): Promise<ReadMessage<Event>> {
  const from = { ...message, ...at };
  const stream = streamOf(source, from);
  try {
    const given = source.read(from);
    const read = given instanceof Promise ? await given : given;
    if (read.kind === 'nothing') return { message, stream, kind: 'nothing' };
    if (read.kind === 'unknown-type') return { message, stream, kind: 'nothing', unknownType: read.type };
    const { event, unknownType } = read;
    const prepared = { event, produced: produce(definition, event) };
    return { message, stream, kind: 'event', prepared, ...(unknownType !== undefined && { unknownType }) };
  } catch (error) {
    if (isUnavailable(error)) throw error;
    return { message, stream, kind: 'poison', error: sentenceOf(error) };
  }
}

/** A message that does not even say whose it is is parked alone, under where it stands. */
function streamOf<Event>(source: Source<Event>, message: Parameters<Source<Event>['streamOf']>[0]): string {
  const alone = `${message.topic}/${message.partition}/${message.offset}`;
  try {
    return plainText(source.streamOf(message)) || alone;
  } catch {
    return alone;
  }
}
