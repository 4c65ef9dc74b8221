import type { Zone } from 'luxon';
import { type Claim, isCurrency } from '@orderlog/order-domain';
import { minorOf, type Notation } from './amounts.js';
import { instantOf, isNoTime } from './local-instant.js';
import type { RefusedRow, RowRefusal } from './row-refusals.js';
import type { TableField } from './table-columns.js';

/** How the texts of a row are to be understood. */
export interface Reading extends Notation {
  /** Of rows that name none. */
  currency: string | undefined;
  zone: Zone;
  /** Statuses that say that the whole total was paid, in small letters; for tables without a column of it. */
  paidStatuses: ReadonlySet<string>;
}

/** A row as the facts will have it. */
export interface ClaimedRow {
  orderId: string;
  /** Its place in the source, from 1. */
  number: number;
  currency: string;
  captured: number;
  refunded: number;
  claim: Claim;
  /** Whether its customer was an e-mail address and is not kept. */
  customerLeftOut: boolean;
}

/** One row of the source by its fields; null and empty are the same: it does not say. */
export type RowFields = Partial<Record<TableField, string | null>>;

/** As order-service takes it: `.` and `..` no address keeps, so nobody could decide on such an order. */
export const orderIdForm = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/;
const longestText = 200;

/** What a row claims, or why it cannot be kept. */
export function readRow(fields: RowFields, number: number, origin: string, reading: Reading): ClaimedRow | RefusedRow {
  const said = (field: TableField): string => fields[field]?.trim() ?? '';
  const orderId = said('orderId');
  const no = (reason: RowRefusal, detail = ''): RefusedRow => ({
    origin,
    orderId: shown(orderId),
    reason,
    detail: shown(detail),
  });
  for (const [field, text] of Object.entries(fields)) {
    const unkeepable = text ? unkeepableText(text) : undefined;
    if (unkeepable) return no(unkeepable, field);
  }
  if (orderId === '') return no('no-order-id');
  if (!orderIdForm.test(orderId)) return no('not-an-order-id', orderId);
  if (said('total') === '') return no('no-total');
  const ownCurrency = said('currency').toUpperCase();
  const currency = ownCurrency || reading.currency;
  if (currency === undefined) return no('no-currency');
  if (!isCurrency(currency)) return no('not-a-currency', said('currency'));

  const amounts: Partial<Record<'total' | 'captured' | 'refunded', number>> = {};
  for (const field of ['total', 'captured', 'refunded'] as const) {
    if (said(field) === '') continue;
    const amount = minorOf(said(field), currency, reading);
    if (typeof amount === 'string') return no(amount, `${field}: ${said(field)}`);
    amounts[field] = amount;
  }
  const times: Partial<Record<'createdAt' | 'updatedAt', number>> = {};
  for (const field of ['createdAt', 'updatedAt'] as const) {
    if (isNoTime(said(field))) continue;
    const at = instantOf(said(field), reading.zone);
    if (at === undefined) return no('time-not-readable', `${field}: ${said(field)}`);
    times[field] = at;
  }
  const status = said('status');
  const customerId = said('customerId');
  for (const [field, text] of [
    ['status', status],
    ['customerId', customerId],
  ] as const) {
    if (text.length > longestText) return no('text-too-long', `${field} has ${text.length} characters`);
  }
  const total = amounts.total!;
  const captured = amounts.captured ?? (reading.paidStatuses.has(status.toLowerCase()) ? total : undefined);
  const customerLeftOut = customerId.includes('@');
  return {
    orderId,
    number,
    currency,
    captured: captured ?? 0,
    refunded: amounts.refunded ?? 0,
    claim: {
      total,
      status: status || '(no status)',
      origin,
      ...(ownCurrency !== '' && { currency }),
      ...(customerId !== '' && !customerLeftOut && { customerId }),
      ...(captured !== undefined && { captured }),
      ...(amounts.refunded !== undefined && { refunded: amounts.refunded }),
      ...times,
    },
    customerLeftOut,
  };
}

export function unkeepableText(text: string): RowRefusal | undefined {
  if (text.includes('\0')) return 'unkeepable-character';
  return text.includes('\uFFFD') ? 'not-utf-8' : undefined;
}

/** Enough to find it by, and no more. */
export const shown = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text);
