import { isChannel, isCurrency, MAX_MINOR } from '@orderlog/order-domain';
import { now, parseInstant, type Instant } from '@orderlog/instant';
import { z } from 'zod';
import { holdsEmailAddress } from './holds-email-address.js';

/** An order's ID: its stream, the key of its messages, a part of its address; so not `.` or `..`, which no address keeps. */
export const orderId = z
  .string()
  .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/)
  .describe('an order ID: 1 to 64 of A–Z a–z 0–9 . _ -, and more than one or two dots')
  .meta({ example: '8471' });

/** Text as someone wrote it. jsonb cannot hold U+0000 nor half a surrogate pair; other control characters are mistakes. */
export const text = (most: number, what: string) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((value) => value.trim() !== '', 'is blank')

    .refine((value) => value.isWellFormed() && !/[\u0000-\u001f\u007f]/.test(value), 'has characters that no text has')
    .describe(`${what}: 1 to ${most} characters`);

/** Text that facts keep for ever, as it is: whoever is named in it cannot be forgotten. Names nobody can tell, addresses anybody. */
export const keptText = (most: number, what: string) =>
  text(most, what).refine(
    (value) => !holdsEmailAddress(value),
    'holds an e-mail address, which would be kept for ever',
  );

const hasNoBlankAtAnEnd = (value: string): boolean => value.trim() === value;

/** IDs that others gave (payments, refunds), as they wrote them; a blank at an end is a slip, not another ID. */
export const identifier = keptText(128, 'an ID').refine(hasNoBlankAtAnEnd, 'begins or ends with a blank');

/** A customer's pseudonym. Whatever is sent here stands in facts and topics for ever: an e-mail address must not. */
export const customerId = text(128, 'an ID')
  .refine(hasNoBlankAtAnEnd, 'begins or ends with a blank')
  .refine((value) => !value.includes('@'), 'looks like an e-mail address; it would be kept for ever')
  .describe('a pseudonym of the customer: 1 to 128 characters, no e-mail address')
  .meta({ example: 'c-1042' });

/** Where an order comes from. */
export const channel = z
  .string()
  .refine(isChannel, 'is no channel: 1 to 32 of a-z 0-9 -')
  .describe('where the order comes from: 1 to 32 of a-z 0-9 -; `api` where nothing is said')
  .meta({ example: 'web-shop' });

/** As the shop writes it: blanks and cases count (`47503J ` is not `47503J`). */
export const sku = keptText(64, 'an SKU, as written').meta({ example: '85048' });

export const currency = z
  .string()
  .refine(isCurrency, 'is not the code of a currency in use')
  .describe('an ISO 4217 code of a currency in use, such as GBP')
  .meta({ example: 'GBP' });

/** More than nothing, in minor units. */
export const amount = z
  .int()
  .min(1)
  .max(MAX_MINOR)
  .describe('a whole number of minor units (pence, cents), at least 1')
  .meta({ example: 1000 });

const quantity = z.int().min(1).max(1_000_000_000).describe('a whole number of units, at least 1');

export const lines = z
  .array(
    z
      .strictObject({
        sku,
        quantity,
        unitPrice: z.int().min(0).max(MAX_MINOR).describe('a whole number of minor units, at least 0'),
      })
      .meta({ id: 'RequestedLine', example: { sku: '85048', quantity: 12, unitPrice: 695 } }),
  )
  .min(1)
  .max(1_000)
  .describe('1 to 1,000 lines, each { sku, quantity, unitPrice }');

/** Why. It is kept for ever and everyone who reads the topic sees it. */
export const reason = keptText(500, 'a reason without anyone’s personal data').meta({ example: 'customer called' });

/** A 30 February, a 24:00, a second that leaps: of the right form, and on no calendar or clock that counts here. */
const looksLikeTime = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+ -]\d\d:\d\d)$/;

/**
 * RFC 3339 with a zone, not in the future; microseconds count. Our clock ticks in milliseconds and other clocks in
 * microseconds: an instant of the millisecond that is running has passed for whoever read it from theirs.
 */
export const pastInstant = z
  .string()
  .transform((given, context): Instant => {
    // `+` in a query string that nobody encoded arrives as a blank.
    const instant = parseInstant(given.replace(/ (\d\d:\d\d)$/, '+$1'));
    const problem =
      instant === undefined
        ? looksLikeTime.test(given)
          ? 'is a time that does not exist'
          : 'is no time with a zone'
        : instant >= now() + 1_000
          ? 'is in the future'
          : undefined;
    if (problem === undefined) return instant as Instant;
    context.addIssue({ code: 'custom', message: problem });
    return z.NEVER;
  })
  .describe('a time that has passed, with its zone, as 2026-11-24T14:02:00.123456Z')
  .meta({ example: '2026-11-24T14:02:00Z' });

/** What every command may say beside its own. */
export const told = {
  occurredAt: pastInstant.optional(),
  reason: reason.optional(),
};
