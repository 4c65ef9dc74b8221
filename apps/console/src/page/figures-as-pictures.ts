import { html, type Html } from './html.js';

/** A line of the last readings, the newest at the right. Drawn in its own units, so that CSS gives it its size. */
export function sparkline(values: readonly number[], label: string, points = 60): Html {
  const shown = values.slice(-points);
  const most = Math.max(...shown, 1e-9);
  const x = (index: number): string => (((points - shown.length + index) / (points - 1)) * 100).toFixed(2);
  const y = (value: number): string => (29 - (value / most) * 27).toFixed(2);
  const line = shown.map((value, index) => `${x(index)},${y(value)}`).join(' ');
  const floor = shown.length > 1 ? `${x(0)},30 ${line} ${x(shown.length - 1)},30` : '';
  return html`<svg class="spark" viewBox="0 0 100 30" preserveAspectRatio="none" role="img" aria-label="${label}">
    <polygon points="${floor}" />
    <polyline points="${shown.length > 1 ? line : ''}" vector-effect="non-scaling-stroke" />
  </svg>`;
}

/** How much of the largest a number is, as a bar behind it. */
export const bar = (value: bigint, largest: bigint): Html =>
  html`<svg class="bar${value < 0 ? ' less' : ''}" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
    <rect width="${largest <= 0n ? 0 : ((Math.abs(Number(value)) / Number(largest)) * 100).toFixed(1)}" height="1" />
  </svg>`;
