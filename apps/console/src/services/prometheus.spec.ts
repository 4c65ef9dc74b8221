import { describe, expect, it } from '@jest/globals';
import { readSamples, sumOf } from './prometheus.js';

describe('a /metrics page', () => {
  const samples = readSamples(
    [
      '# HELP relay_sent_total rows that Kafka acknowledged',
      '# TYPE relay_sent_total counter',
      'relay_sent_total{app="outbox-relay",partition="0"} 12',
      'relay_sent_total{app="outbox-relay",partition="1"} 3e2',
      'relay_backlog_rows{app="outbox-relay",why="a} \\"b"} 0',
      'nodejs_gc_seconds_bucket{le="+Inf"} +Inf',
      'plain 1.5',
      'broken line',
    ].join('\n'),
  );

  it('is summed over all labels, or over some', () => {
    expect(sumOf(samples, 'relay_sent_total')).toBe(312);
    expect(sumOf(samples, 'relay_sent_total', ({ partition }) => partition === '1')).toBe(300);
    expect(sumOf(samples, 'relay_backlog_rows')).toBe(0);
    expect(sumOf(samples, 'plain')).toBe(1.5);
  });

  it('has no figure that it does not hold', () => {
    expect(sumOf(samples, 'nodejs_gc_seconds_bucket')).toBeUndefined();
    expect(sumOf(samples, 'broken')).toBeUndefined();
    expect(sumOf(undefined, 'plain')).toBeUndefined();
  });
});
