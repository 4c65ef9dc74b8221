/** So many are on their way at a time: while one waits for the disk, the next is made. */
const batchesAtATime = 2;

/**
 * Works on batches, two at a time. Where one fails, or it is to stop, no further one is begun, and what was begun is
 * finished before this ends.
 * @throws what the first batch that failed has thrown, or the signal's reason
 */
export async function eachBatch<T>(
  batches: Iterable<T>,
  signal: AbortSignal,
  work: (batch: T) => Promise<void>,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  for (const batch of batches) {
    if (failure || signal.aborted) break;
    const one = work(batch)
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => underWay.delete(one));
    underWay.add(one);
    if (underWay.size >= batchesAtATime) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  if (failure) throw failure.error;
  signal.throwIfAborted();
}
