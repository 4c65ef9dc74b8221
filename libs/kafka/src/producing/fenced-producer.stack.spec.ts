import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { livedMs } from '@orderlog/local-stack';
import { InterruptibleNetwork } from '../testing/interruptible-network.js';
import { readTopic } from '../testing/read-topic.js';
import { testConnection, testTopic } from '../testing/test-topic.js';
import { FencedProducer, type FencedRecord } from './fenced-producer.js';
import { ProducerFenced, RecordsRefused, SendFailed } from './produce-errors.js';

jest.setTimeout(60_000);
const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});
async function given(configs: Record<string, string> = {}) {
  const { topic, remove } = await testTopic(2, configs);
  cleanUp.push(remove);
  const records = (...keys: string[]): FencedRecord[] =>
    keys.map((key) => ({ topic, key, value: Buffer.from('v'), headers: { 'order-id': key }, timestampMs: Date.now() }));
  return { topic, identity: `${topic}-relay-1`, records, read: () => readTopic(topic, 1) };
}
function producer(network?: InterruptibleNetwork, deadlineMs = 5_000): FencedProducer {
  const connection = { ...testConnection, ...(network && { socketFactory: network.socketFactory }) };
  const made = new FencedProducer({ connection, deadlineMs });
  cleanUp.push(() => made.close());
  return made;
}

describe('a producer with a fence', () => {
  it('writes in order, over many requests and several topics', async () => {
    const one = await given();
    const other = await given();
    const fence = await producer().lease(one.identity);
    await fence.send(1, [...one.records('a', 'b'), ...other.records('x')]);
    await fence.send(1, [...other.records('y'), ...one.records('c')]);
    await fence.send(1, one.records('d'));
    expect(await one.read()).toEqual(['a=v', 'b=v', 'c=v', 'd=v']);
    expect(await other.read()).toEqual(['x=v', 'y=v']);
  });

  it('is refused once a newer epoch has written', async () => {
    const { identity, records, read } = await given();
    const older = await producer().lease(identity);
    await older.send(1, records('a'));
    const newer = await producer().lease(identity);
    expect(newer.epoch.producerId).toBe(older.epoch.producerId);
    expect(newer.epoch.producerEpoch).toBe(older.epoch.producerEpoch + 1);
    await newer.send(1, records('b'));
    await expect(older.send(1, records('late'))).rejects.toThrow(ProducerFenced);
    await expect(older.send(1, records('later'))).rejects.toThrow(ProducerFenced); // and it stays so
    await newer.send(1, records('c'));
    expect(await read()).toEqual(['a=v', 'b=v', 'c=v']);
  });

  it('cannot speak late: a request that was under way all the time is refused when it arrives', async () => {
    const { identity, records, read } = await given();
    const network = new InterruptibleNetwork();
    const zombie = await producer(network, 20_000).lease(identity);
    await zombie.send(1, records('a'));
    network.holdRequests();
    const late = zombie.send(1, records('b', 'c'));
    late.catch(() => undefined);
    const heir = await producer().lease(identity);
    await heir.send(1, records('b', 'c'));
    await heir.send(1, records('d'));
    network.releaseRequests();
    await expect(late).rejects.toThrow(ProducerFenced);
    expect(await read()).toEqual(['a=v', 'b=v', 'c=v', 'd=v']);
  });

  it('keeps the order when an answer is lost and all that was not acknowledged is sent again', async () => {
    const { identity, records, read } = await given();
    const network = new InterruptibleNetwork();
    const sender = producer(network, 1_000);
    const first = await sender.lease(identity);
    await first.send(1, records('a'));
    network.loseAnswers(true);
    await expect(first.send(1, records('b', 'c'))).rejects.toThrow(SendFailed);
    await expect(first.send(1, records('d'))).rejects.toThrow(SendFailed); // spent: nothing may overtake b and c
    network.loseAnswers(false);
    const second = await sender.lease(identity);
    await second.send(1, records('b', 'c'));
    await second.send(1, records('d'));
    const written = await read();
    expect(written.slice(-3)).toEqual(['b=v', 'c=v', 'd=v']);
    expect(written.slice(0, -3)).toEqual(['a=v', 'b=v', 'c=v']); // b and c had been written: their first copies stand ahead
  });

  it('sends one request at a time', async () => {
    const { identity, records, read } = await given();
    const fence = await producer().lease(identity);
    const first = fence.send(1, records('a'));
    await expect(fence.send(1, records('b'))).rejects.toThrow('one request at a time');
    await first;
    await fence.send(1, records('c'));
    expect(await read()).toEqual(['a=v', 'c=v']);
  });

  it('says what was refused, and whether it was alone', async () => {
    const { identity, topic, records } = await given({ 'max.message.bytes': '2000' });
    const large = { ...records('large')[0]!, value: Buffer.alloc(3_000) };
    const sender = producer();
    const refusal = async (partition: number, ...sent: FencedRecord[]) => {
      const error: unknown = await (
        await sender.lease(identity)
      )
        .send(partition, sent)
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(RecordsRefused);
      return error;
    };
    expect(await refusal(1, large)).toMatchObject({ reason: 'MESSAGE_TOO_LARGE', alone: true });
    expect(await refusal(1, large, ...records('b'))).toMatchObject({ reason: 'MESSAGE_TOO_LARGE', alone: false });
    expect(await refusal(7, ...records('b'))).toMatchObject({ reason: `${topic} has no partition 7` });
    expect(await refusal(1, { ...large, topic: `${topic}-none` })).toMatchObject({
      reason: 'UNKNOWN_TOPIC_OR_PARTITION',
    });
    expect(await refusal(1, { ...records('b')[0]!, key: null })).toMatchObject({ reason: 'INVALID_RECORD' });
    await (await sender.lease(identity)).send(1, records('fine'));
  });

  it('says in time that Kafka is away, and goes on with a new lease when it is back', async () => {
    const { identity, records, read } = await given();
    const network = new InterruptibleNetwork();
    const sender = producer(network, 1_500);
    const fence = await sender.lease(identity);
    await fence.send(1, records('a'));
    network.cut();
    const began = livedMs();
    await expect(fence.send(1, records('b'))).rejects.toThrow(SendFailed);
    await expect(sender.lease(identity)).rejects.toThrow(SendFailed);
    expect(livedMs() - began).toBeLessThan(4_000);
    network.mend();
    await (await sender.lease(identity)).send(1, records('b'));
    expect((await read()).slice(-1)).toEqual(['b=v']);
  });
});
