import { serviceProblem } from '../refusals/refusals.js';

interface Waiting {
  readonly since: number;
  readonly work: () => Promise<unknown>;
  readonly done: (value: never) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * One command an order at a time: the next is decided on the state that the last one left, so 200 clients on one order
 * are a queue and not 199 conflicts. Orders do not wait for each other.
 */
export class Mailboxes {
  /** An order that is being worked on, and who waits for it. An order without a box is free. */
  readonly #boxes = new Map<string, Waiting[]>();
  #waiting = 0;

  constructor(private readonly limits: { perOrder: number; altogether: number; waitLimitMs: number }) {}

  get waiting(): number {
    return this.#waiting;
  }

  /** @throws Problem 503 where too many wait already, or where the turn did not come in time; the work was not begun. */
  run<T>(orderId: string, work: () => Promise<T>): Promise<T> {
    const box = this.#boxes.get(orderId);
    if ((box?.length ?? 0) >= this.limits.perOrder || this.#waiting >= this.limits.altogether) {
      return Promise.reject(serviceProblem('too-busy', { detail: 'Too many wait already; send it again.' }));
    }
    return new Promise<T>((done, failed) => {
      const entry: Waiting = { since: performance.now(), work, done, failed };
      this.#waiting += 1;
      if (box) box.push(entry);
      else {
        const queue = [entry];
        this.#boxes.set(orderId, queue);
        void this.#serve(orderId, queue);
      }
    });
  }

  async #serve(orderId: string, queue: Waiting[]): Promise<void> {
    // `next` walks instead of shifting: a shift of a thousand entries each time would be quadratic.
    for (let next = 0; next < queue.length; next += 1) {
      const { since, work, done, failed } = queue[next] as Waiting;
      try {
        if (performance.now() - since > this.limits.waitLimitMs) {
          throw serviceProblem('too-busy', {
            detail: 'Its turn did not come in time; nothing was done. Send it again.',
          });
        }
        done((await work()) as never);
      } catch (error) {
        failed(error);
      }
      this.#waiting -= 1;
      if (next >= 256) {
        queue.splice(0, next + 1);
        next = -1;
      }
    }
    this.#boxes.delete(orderId);
  }
}
