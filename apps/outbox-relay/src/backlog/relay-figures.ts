import { Injectable } from '@nestjs/common';
import { Health, Metrics, NotReady } from '@orderlog/service-kit';
import { Relay } from '../relay.js';
import { log } from '../signals.js';

/** What the relay shows of itself to probes and to Prometheus. */
@Injectable()
export class RelayFigures {
  constructor(relay: Relay, health: Health, metrics: Metrics) {
    const backlog = async (of: 'rows' | 'oldestAgeMs') => (await relay.backlog()).map((one) => one[of]);
    metrics.gauge('relay_backlog_rows', 'rows that wait for the partitions that this relay holds', [], async () =>
      (await backlog('rows')).reduce((sum, rows) => sum + rows, 0),
    );
    metrics.gauge(
      'relay_oldest_row_age_seconds',
      'of the oldest row that waits; 0 where none does',
      [],
      async () => Math.max(0, ...(await backlog('oldestAgeMs'))) / 1_000,
    );
    metrics.gauge('relay_leases_held', 'partitions that this relay may send', [], () => held(relay).length);
    metrics.gauge(
      'relay_partitions_blocked',
      'partitions that wait at a row that Kafka refuses',
      [],
      () => relay.status().filter(({ state }) => state === 'blocked').length,
    );
    const sent = metrics.counter('relay_rows_sent_total', 'rows that Kafka acknowledged, repeats among them', [
      'partition',
    ]);
    const fenced = metrics.counter('relay_fenced_total', 'times that Kafka refused a former epoch of ours');
    log.listen((name, fields) => {
      if (name === 'relay.sent') sent.inc({ partition: String(fields['partition']) }, Number(fields['rows']));
      if (name === 'relay.fenced') fenced.inc();
    });

    health.add({ name: 'postgres', check: () => relay.askPostgres() });
    health.add({
      name: 'kafka',
      check: async () => {
        const retrying = relay.status().filter(({ state }) => state === 'retrying');
        if (retrying[0]) throw new NotReady(`partitions ${numbers(retrying)} wait: ${retrying[0].why}`);
        return { leases: held(relay).map(({ partition }) => partition) };
      },
    });
    health.add({
      name: 'topics',
      check: async () => {
        const differences = relay.topicDifferences();
        if (!differences) throw new NotReady('nobody could look at the topics yet');
        if (differences.length > 0) throw new NotReady(differences.join('; '));
      },
    });
    health.add({
      name: 'nothing-is-refused',
      check: async () => {
        const blocked = relay.status().filter(({ state }) => state === 'blocked');
        if (blocked[0]) throw new NotReady(`partitions ${numbers(blocked)} are blocked: ${blocked[0].why}`);
      },
    });
  }
}

const held = (relay: Relay) => relay.status().filter(({ leaseRemainingMs }) => leaseRemainingMs > 0);
const numbers = (partitions: readonly { partition: number }[]) =>
  partitions.map(({ partition }) => partition).join(', ');
