import { setTimeout as sleep } from 'node:timers/promises';
import { type OrderLife, orderLife, type Step } from './order-life.js';
import { type Answer, OrderServiceClient, Stopped } from './order-service-client.js';
import type { Say } from './signals.js';
import { described, storyOrder, tellStory } from './story-of-8471.js';

export interface WorkloadOptions {
  ordersUrl: string;
  /** New orders a second; 0: none. */
  rate: number;
  seed: string;
  /** Tell the story, and be done. */
  once: boolean;
  say: Say;
  /** No more orders, no more waiting; requests under way are answered. */
  stop: AbortSignal;
}

export interface Counts {
  orders: number;
  /** Commands that were done, each once. */
  facts: number;
  /** Commands sent again with their key, and answered as the first time. */
  repeated: number;
  /** Commands that were refused as they had to be. */
  refused: number;
  /** Answers that were not the promised ones. */
  surprises: number;
}

const countEveryMs = 30_000;
/** An order lives for some ten seconds; as many as a minute brings forth may be under way. */
const mostUnderWay = (rate: number): number => 50 + Math.ceil(rate * 60);

/** Tells the story of Order #8471, then makes orders at the rate until it is stopped. @returns what came of them */
export async function runWorkload(options: WorkloadOptions): Promise<Counts> {
  const { rate, seed, say, stop } = options;
  const client = new OrderServiceClient(options.ordersUrl, say, stop);
  const counts: Counts = { orders: 0, facts: 0, repeated: 0, refused: 0, surprises: 0 };
  say('workload.started', { rate, seed, ordersUrl: options.ordersUrl });
  try {
    say('workload.story-told', { order: storyOrder, now: await tellStory(client) });
  } catch (error) {
    if (error instanceof Stopped) return counts;
    if (options.once) throw error;
    // Somebody has written the story on in another way: live orders are none the worse for it.
    counts.surprises++;
    say('workload.surprised', {
      request: `story of ${storyOrder}`,
      status: null,
      expected: 'told',
      problem: (error as Error).message,
    });
  }
  if (options.once) return counts;
  if (rate === 0) {
    await untilStopped(stop);
    return counts;
  }
  const underWay = new Set<Promise<void>>();
  const counting = setInterval(
    (since: { orders: number; at: number }) => {
      const seconds = (performance.now() - since.at) / 1000;
      say('workload.counted', {
        ...counts,
        ordersPerSecond: Math.round((10 * (counts.orders - since.orders)) / seconds) / 10,
      });
      Object.assign(since, { orders: counts.orders, at: performance.now() });
    },
    countEveryMs,
    { orders: 0, at: performance.now() },
  );
  try {
    await makeOrders(options, client, counts, underWay);
  } finally {
    clearInterval(counting);
    await Promise.all(underWay);
  }
  return counts;
}

async function makeOrders(
  { rate, seed, say, stop }: WorkloadOptions,
  client: OrderServiceClient,
  counts: Counts,
  underWay: Set<Promise<void>>,
): Promise<void> {
  let due = performance.now();
  let skipped = 0;
  for (let index = 0; !stop.aborted;) {
    await client.untilThere();
    const early = due - performance.now();
    if (early > 0) await sleep(early, undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted) return;
    // After an outage (or a slow moment) the orders that were not made are not made up for: no shop does that.
    due = Math.max(due + 1000 / rate, performance.now() - 1000);
    if (underWay.size >= mostUnderWay(rate)) {
      if (skipped++ % Math.max(1, Math.round(rate * 10)) === 0)
        say('workload.behind', { underWay: underWay.size, skipped });
      continue;
    }
    counts.orders++;
    const life = live(orderLife(seed, index++), client, counts, say, stop).finally(() => underWay.delete(life));
    underWay.add(life);
  }
}

async function live(
  life: OrderLife,
  client: OrderServiceClient,
  counts: Counts,
  say: Say,
  stop: AbortSignal,
): Promise<void> {
  const answers = new Map<string, Answer>();
  for (const step of life.steps) {
    if (step.delayMs > 0) await sleep(step.delayMs, undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted) return;
    let answer: Answer;
    try {
      answer = await client.send(step);
    } catch (error) {
      if (error instanceof Stopped) return;
      throw error;
    }
    if (!isAsPromised(step, answer, answers.get(step.idempotencyKey))) {
      counts.surprises++;
      say('workload.surprised', {
        request: `${step.method} ${step.path} (${step.idempotencyKey})`,
        status: answer.status,
        expected: step.expect.outcome === 'refused' ? step.expect.status : step.expect.outcome,
        problem: described(answer),
      });
      return; // the rest of the plan rests on what has not happened
    }
    answers.set(step.idempotencyKey, answer);
    counts[step.expect.outcome === 'fact' ? 'facts' : step.expect.outcome === 'repeat' ? 'repeated' : 'refused']++;
  }
}

function isAsPromised(step: Step, answer: Answer, first: Answer | undefined): boolean {
  switch (step.expect.outcome) {
    case 'fact':
      return answer.status === 200 || answer.status === 201;
    case 'repeat':
      return (answer.status === 200 || answer.status === 201) && answer.body.version === first?.body.version;
    case 'refused':
      return answer.status === step.expect.status;
  }
}

/** Keeps the process alive while there is nothing to do. */
async function untilStopped(stop: AbortSignal): Promise<void> {
  const aDay = 86_400_000;
  while (!stop.aborted) await sleep(aDay, undefined, { signal: stop }).catch(() => undefined);
}
