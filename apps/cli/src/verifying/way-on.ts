import { cutOff, type Difference } from './known-facts.js';

/** The first step of a person who has to put these differences right: what lies behind it may be gone then. */
export function wayOn(differences: readonly Difference[]): string {
  const at = new Set(differences.map(({ where }) => where));
  if (differences.some(({ what }) => what.endsWith(cutOff))) {
    return 'where the database was put back from a backup, `orderlog recover` brings back what it lacks; then verify again.';
  }
  if (at.has('store') || at.has('checkpoints')) {
    return 'somebody has changed what is kept: send and replay nothing, find out who can write there, and keep a copy of all.';
  }
  if (at.has('topic')) {
    return (
      'the store’s chains hold; where it is right, `orderlog republish --order ID --from-version N` sends the order again from ' +
      'the first wrong version on. A message on another partition than its order’s, or under no fact’s key, it cannot put right.'
    );
  }
  if (at.has('audit')) return '`orderlog replay audit-projection --to-earliest` reads it again from the topic.';
  if (at.has('revenue')) return '`orderlog replay revenue-projection --to-earliest` reads it again from the topic.';
  if (at.has('attempts')) return '`orderlog recover` brings rows of orders.attempts back that its topic has.';
  return 'find out who can write there.';
}
