import { describe, expect, it } from '@jest/globals';
import type { Snapshot } from '@orderlog/event-store';
import { noState } from '@orderlog/order-contract';
import { Metrics } from '@orderlog/service-kit';
import { log } from '../signals.js';
import { SealedSnapshots } from './sealed-snapshots.js';
import { SnapshotCounts } from './snapshot-counts.js';
import { SnapshotWriter } from './snapshot-writer.js';

log.setLevel('silent');
const hash = Buffer.alloc(32, 1);
const at = (version: number) => ({ ...noState, version });

/** A store whose saves end when the test says so. */
function slowStore() {
  const saves: { snapshot: Snapshot; end: () => void; fail: (error: Error) => void }[] = [];
  const saveSnapshot = (snapshot: Snapshot): Promise<void> =>
    new Promise((end, fail) => void saves.push({ snapshot, end, fail }));
  const metrics = new Metrics(log);
  const writer = new SnapshotWriter({ saveSnapshot }, new SealedSnapshots('a secret'), new SnapshotCounts(metrics));
  const count = async (name: string) => {
    const text = await metrics.registry.metrics();
    return Number(new RegExp(`^orders_snapshots_${name}_total\\{.*\\} (\\d+)$`, 'm').exec(text)?.[1]);
  };
  return { writer, saves, count, begun: () => saves.map(({ snapshot }) => `${snapshot.stream}:${snapshot.version}`) };
}
const turn = () => new Promise((done) => setImmediate(done));

describe('what keeps states', () => {
  it('is not in the way of the answer: it begins in another turn', async () => {
    const { writer, begun } = slowStore();
    writer.keep('a', at(10), hash);
    expect(begun()).toEqual([]);
    await turn();
    expect(begun()).toEqual(['a:10']);
  });

  it('keeps two at a time, one of an order, the newest that there is', async () => {
    const { writer, saves, begun, count } = slowStore();
    for (const [order, version] of [
      ['a', 10],
      ['b', 10],
      ['c', 10],
    ] as const)
      writer.keep(order, at(version), hash);
    await turn();
    writer.keep('a', at(20), hash);
    writer.keep('a', at(30), hash);
    writer.keep('a', at(20), hash);
    await turn();
    expect(begun()).toEqual(['a:10', 'b:10']);
    saves[1]!.end();
    await turn();
    expect(begun()).toEqual(['a:10', 'b:10', 'c:10']);
    saves[2]!.end();
    await turn();
    expect(begun()).toHaveLength(3);
    saves[0]!.end();
    await turn();
    expect(begun().at(-1)).toBe('a:30');
    expect(await count('made')).toBe(3);
  });

  it('holds no more than it can: what is too much is left, and folded again by whoever reads it', async () => {
    const { writer } = slowStore();
    for (let n = 0; n < 10_000; n += 1) writer.keep(`o-${n}`, at(10), hash);
    expect(writer.waiting).toBe(256);
    await writer.stop();
  });

  it('says that one failed, once, and goes on', async () => {
    const { writer, saves, begun, count } = slowStore();
    const said: unknown[] = [];
    const silence = log.listen((name, fields) => void (name === 'snapshots.failed' && said.push(fields)));
    for (const order of ['a', 'b', 'c']) writer.keep(order, at(10), hash);
    await turn();
    for (let n = 0; n < 3; n += 1) {
      saves[n]!.fail(new Error('no room'));
      await turn();
    }
    expect(begun()).toEqual(['a:10', 'b:10', 'c:10']);
    expect(said).toEqual([{ orderId: 'a', version: 10, reason: expect.stringContaining('no room') }]);
    expect(await count('failed')).toBe(3);
    silence();
  });

  it('ends what is under way when it stops, and begins nothing more', async () => {
    const { writer, saves, begun } = slowStore();
    for (const order of ['a', 'b', 'c']) writer.keep(order, at(10), hash);
    await turn();
    let stopped = false;
    const stopping = writer.stop().then(() => (stopped = true));
    writer.keep('d', at(10), hash);
    saves[0]!.end();
    await turn();
    expect(stopped).toBe(false);
    saves[1]!.end();
    await stopping;
    expect(begun()).toEqual(['a:10', 'b:10']);
  });
});
