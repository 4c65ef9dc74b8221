/**
 * How many of the partitions are this relay's. All relays count alike, so the shares add up: with six partitions and four
 * relays two have two and two have one. A relay that is not in the list (not seen yet) has none.
 */
export function fairShare(partitions: number, relays: readonly string[], own: string): number {
  const rank = [...relays].sort().indexOf(own);
  if (rank < 0) return 0;
  return Math.floor(partitions / relays.length) + (rank < partitions % relays.length ? 1 : 0);
}
