import { moneyText } from '../page/figures.js';
import { html, type Html } from '../page/html.js';
import type { RevenueRow } from '../services/shapes.js';
import { largestOf } from './totals.js';

const dayMs = 86_400_000;
/** More columns than this are none that one could point at. */
const mostDays = 400;
/** Fewer stand at the right, as the latest of so many. */
const leastDays = 30;

/** Net revenue of each day as columns, days without any included; each leads to its day. One currency a chart. */
export function daysChart(rows: readonly RevenueRow[], linkOf: (day: string) => string): Html {
  const charts = [...Map.groupBy(rows, ({ currency }) => currency)].map(([currency, its]) => {
    const netOf = new Map(its.map((row) => [row.day as string, row.net]));
    const known = [...netOf.keys()].sort();
    const last = Date.parse(known.at(-1) as string);
    const back = (days: number): number => last - (days - 1) * dayMs;
    const first = Math.min(Math.max(Date.parse(known[0] as string), back(mostDays)), back(leastDays));
    const days = (last - first) / dayMs + 1;
    const highest = largestOf([...netOf.values(), 1n]);
    const [most, least] = [Number(highest), Math.min(...[...netOf.values()].map(Number), 0)];
    const height = (net: bigint): number => (Math.abs(Number(net)) / (most - least)) * 60;
    const zero = (most / (most - least)) * 60;
    return html`<figure class="days">
      <svg
        viewBox="0 0 ${days * 10} 60"
        preserveAspectRatio="none"
        role="img"
        aria-label="Net revenue by day in ${currency}"
      >
        ${Array.from({ length: days }, (_, index) => {
          const day = new Date(first + index * dayMs).toISOString().slice(0, 10);
          const net = netOf.get(day);
          if (net === undefined) return null;
          const tall = Math.max(height(net), 0.6);
          return html`<a href="${linkOf(day)}" aria-label="${day}: ${moneyText(net, currency)}"
            ><rect
              class="${net < 0 && 'less'}"
              x="${index * 10 + 1}"
              y="${(net < 0 ? zero : zero - tall).toFixed(2)}"
              width="8"
              height="${tall.toFixed(2)}"
              ><title>${day}: ${moneyText(net, currency)}</title></rect
            ></a
          >`;
        })}
      </svg>
      <figcaption>
        Net by day, ${currency}, ${new Date(first).toISOString().slice(0, 10)} to ${known.at(-1)} UTC; the tallest is
        ${moneyText(highest, currency)}.
      </figcaption>
    </figure>`;
  });
  return html`<div class="charts">${charts}</div>`;
}
