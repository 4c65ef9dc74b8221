import { cutOff, type Difference } from './known-facts.js';
import { keyIsBack } from './verify-customers.js';

/** Of what no message of ours follows, and compaction would keep for ever. */
const elsewhere =
  'A message on another partition than its order’s, or under no key of ours, it cannot put right: a tombstone under that key, ' +
  'on that partition, lets compaction take it away, and a tombstone alone goes by itself, 30 days after compaction has run.';

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
      `the first wrong version on. ${elsewhere}`
    );
  }
  if (at.has('states')) {
    return (
      '`orderlog republish --order ID --from-version N`, N its last version, sends the order’s state again. ' +
      elsewhere
    );
  }
  if (differences.some(({ what }) => what.endsWith(keyIsBack))) {
    return 'start order-service: at its start, and every hour, it destroys again what a fact says is destroyed. Then find out who brought it back.';
  }
  if (at.has('customers')) {
    return (
      'put the rows of orders.customer_keys back as the newest backup has them, unless a restore has lost them for good; ' +
      'and find out who can write there.'
    );
  }
  if (at.has('commands')) {
    return 'find out who can write to orders.commands, and remove the wrong rows: sent again, such a command is decided anew on the facts.';
  }
  if (at.has('audit')) return '`orderlog replay audit-projection --to-earliest` reads it again from the topic.';
  if (at.has('revenue')) return '`orderlog replay revenue-projection --to-earliest` reads it again from the topic.';
  if (at.has('attempts')) return '`orderlog recover` brings rows of orders.attempts back that its topic has.';
  return 'find out who can write there.';
}
