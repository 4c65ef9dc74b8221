import { counted } from '../terminal/numbers.js';
import type { Erasure } from './forget-customer.js';

/** What a person reads of an erasure: what was done, and what is beyond it. */
export function whatWasDone({ customerId, keys, orders }: Erasure): string[] {
  if (keys.length === 0) {
    return [
      `customer ${customerId}: there is nothing to forget; no order ever said who they are.`,
      'Their orders stay, under the pseudonym.',
    ];
  }
  return [
    `customer ${customerId} is forgotten.`,
    ...keys.map(
      ({ keyId, destroyedAt, by, reason }) =>
        `  key ${keyId} destroyed ${destroyedAt} by ${by ?? 'somebody who was not named'}: ${reason ?? 'no reason'}`,
    ),
    `  ${counted(orders, 'order')} ${orders === 1 ? 'says' : 'say'} so (CustomerForgotten); the topics hear of it from the relay.`,
    ...(keys.every(({ wiped }) => wiped)
      ? ['  The table’s file is rid of the keys.']
      : [
          '  The table’s file still has a key as a dead row, for an older transaction sees it. order-service tries again;',
          '  run this once more to see whether it is done.',
        ]),
    '',
    'Not within its power (docs/erasing-a-person.md):',
    '  - Backups and write-ahead log from before hold the key still, wrapped. They open it to whoever also has',
    '    ORDERS_CUSTOMER_KEY: let them expire within the time that you promise, or change that key.',
    '  - Copies that other teams made: they hear of it on orders.events.v1, and must erase them.',
    '  - Dossiers that were fetched with the person in them, and whatever was written into a reason.',
  ];
}
