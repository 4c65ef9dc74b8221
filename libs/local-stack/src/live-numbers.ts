import { formatAmount, minorDigits } from '@orderlog/order-domain';
import pg from 'pg';
import type { Addresses } from './infrastructure.js';

/** Says now and then, in one line, how many facts there are, what waits, and what was earned. */
export class LiveNumbers {
  private readonly pool: pg.Pool;

  constructor(
    addresses: Addresses,
    private readonly urls: Record<string, string>,
  ) {
    this.pool = new pg.Pool({ connectionString: addresses.DATABASE_URL, max: 1, connectionTimeoutMillis: 2_000 });
    this.pool.on('error', () => undefined); // Postgres may be stopped at any time; the next line says so
  }

  async line(): Promise<string> {
    const [kept, revenue, audit] = await Promise.all([this.kept(), this.revenue(), this.audit()]);
    return [kept, revenue, audit].join(' · ');
  }

  close(): Promise<void> {
    return this.pool.end();
  }

  private async kept(): Promise<string> {
    try {
      const { rows } = await this.pool.query<{ facts: string; waiting: string }>(
        `select (select coalesce(max(position), 0) from orders.events) as facts,
                (select count(*) from (select from orders.outbox limit 100000) as rows) as waiting`,
      );
      return `${number(rows[0]?.facts)} facts, ${number(rows[0]?.waiting)} messages wait`;
    } catch {
      return 'Postgres does not answer';
    }
  }

  private async revenue(): Promise<string> {
    try {
      const [{ rows }, { lag }] = await Promise.all([
        ask<{ rows: { currency: string; net: number }[] }>(
          `${this.urls['REVENUE_URL']}/revenue?groupBy=currency&days=90`,
        ),
        ask<{ lag: number }>(`${this.urls['REVENUE_URL']}/projection`),
      ]);
      const earned = rows.map(({ currency, net }) => amountText(net, currency));
      return `revenue of 90 days ${earned.join(', ') || 'none yet'} (${number(lag)} behind)`;
    } catch {
      return 'revenue-projection does not answer';
    }
  }

  private async audit(): Promise<string> {
    try {
      const { lag } = await ask<{ lag: number }>(`${this.urls['AUDIT_URL']}/projection`);
      return `audit ${number(lag)} behind`;
    } catch {
      return 'audit-projection does not answer';
    }
  }
}

async function ask<T>(url: string): Promise<T> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return (await answer.json()) as T;
}

/** Minor units in the digits that the currency has, by ISO 4217: Intl would write 1,234.56 HUF as 123,456. */
export function amountText(minor: number, currency: string): string {
  const digits = minorDigits(currency);
  const format = new Intl.NumberFormat('en', {
    ...{ style: 'currency', currency, currencyDisplay: 'code' },
    ...{ minimumFractionDigits: digits, maximumFractionDigits: digits },
  });
  return format.format(formatAmount(minor, currency) as Intl.StringNumericLiteral).replace('\u00a0', ' ');
}
const number = (value: string | number | undefined): string => Number(value ?? 0).toLocaleString('en');
