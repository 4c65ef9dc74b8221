import type { WrittenMessage } from './given-outbox.js';

/**
 * What is wrong with what stands on the topics, in sentences; none where all is well. At least once, in version order:
 * first copies come in order (who reads along sees versions rise), and so do last copies (who reads after compaction does).
 */
export function outOfOrder(
  events: readonly WrittenMessage[],
  state: readonly WrittenMessage[],
  orders: readonly string[],
  versions: number,
): string[] {
  const wrong: string[] = [];
  for (const order of orders) {
    const own = events.filter(({ headers }) => headers['order-id'] === order);
    const offsets = (copies: 'first' | 'last') =>
      Array.from({ length: versions }, (_, index) => {
        const found = own.filter(({ key }) => key === `${order}:${index + 1}`).map(({ offset }) => offset);
        return copies === 'first' ? Math.min(...found) : Math.max(...found);
      });
    const [first, last] = [offsets('first'), offsets('last')];
    if (first.some((offset) => !Number.isFinite(offset))) {
      wrong.push(`${order} lacks a version`);
      continue;
    }
    if (first.some((offset, index) => index > 0 && offset < (first[index - 1] ?? 0)))
      wrong.push(`${order}: first copies are out of order`);
    if (last.some((offset, index) => index > 0 && offset < (last[index - 1] ?? 0)))
      wrong.push(`${order}: last copies are out of order`);
    const latest = state.filter(({ key }) => key === order).at(-1)?.value;
    if (latest !== String(versions)) wrong.push(`${order}: the latest state is of version ${latest}, not ${versions}`);
  }
  return wrong;
}
