import { hashOf, noHash, type OutboxMessage, type StoredEvent } from '@orderlog/event-store';
import { afterAll, type MessageEncoder, messagesOf, noState, type TopicNames } from '@orderlog/order-contract';
import { CommandFailed } from '../terminal/command-failed.js';

/**
 * The messages of an order's facts from a version on, as they were made when the facts were kept, and of its latest state.
 * All that comes behind the version is among them: a fact that is sent again alone would stand behind its successors once
 * compaction has run.
 * @param events all facts of the order
 * @param fromVersion one more than the last: the state alone
 * @throws CommandFailed where the order's chain does not hold: what somebody has changed must not take the place of what was
 *   sent; ContractError where a fact is of a newer release
 */
export function tailOf(
  events: readonly StoredEvent[],
  fromVersion: number,
  encoder: MessageEncoder,
  topics: TopicNames,
): OutboxMessage[] {
  mustHold(events);
  const { order, placedAt } = afterAll(noState, events);
  const tail = events.filter(({ version }) => version >= fromVersion);
  const messages = messagesOf(tail.length > 0 ? tail : events.slice(-1), order, encoder, topics, { placedAt });
  return tail.length > 0 ? messages : messages.slice(-1);
}

function mustHold(events: readonly StoredEvent[]): void {
  let before: Buffer = noHash;
  for (const [index, event] of events.entries()) {
    const holds = event.version === index + 1 && event.previousHash.equals(before) && hashOf(event).equals(event.hash);
    if (!holds) {
      throw new CommandFailed(
        `the store’s own chain of order ${event.stream} does not hold at version ${event.version}: nothing of it was sent`,
        'The topic may be what is right. `orderlog verify --order ID` says what was changed.',
      );
    }
    before = event.hash;
  }
}
