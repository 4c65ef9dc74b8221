import { kafkaTool } from '@orderlog/local-stack';

/** A record as Kafka's own console consumer shows it. */
export interface SeenRecord {
  partition: number;
  offset: number;
  headers: Record<string, string>;
  key: string;
  value: Buffer;
}

/**
 * Reads a topic from its beginning with Kafka's Java console consumer: a client that shares no line with ours.
 * @param count how many records to wait for
 */
export async function readTopic(brokers: string, topic: string, count: number): Promise<SeenRecord[]> {
  const printed = await kafkaTool(
    'kafka-console-consumer',
    [
      ...['--topic', topic, '--from-beginning', '--max-messages', String(count), '--timeout-ms', '20000'],
      ...['print.partition', 'print.offset', 'print.headers', 'print.key'].flatMap((each) => [
        '--formatter-property',
        `${each}=true`,
      ]),
      '--formatter-property',
      'value.deserializer=org.apache.kafka.common.serialization.BytesDeserializer',
    ],
    { brokers },
  );
  return printed
    .split('\n')
    .filter((line) => line.startsWith('Partition:'))
    .map(readLine);
}

/** Partition, offset, headers, key and value, with tabs between; none of ours has a tab within. */
export function readLine(line: string): SeenRecord {
  const [partition, offset, headers, key, ...value] = line.split('\t');
  return {
    partition: Number(partition!.replace('Partition:', '')),
    offset: Number(offset!.replace('Offset:', '')),
    headers: Object.fromEntries(headers!.split(',').map((header) => header.split(/:(.*)/s).slice(0, 2))) as Record<
      string,
      string
    >,
    key: key!,
    value: fromPrintedBytes(value.join('\t')),
  };
}

/** Kafka's `Bytes` prints what is no plain character, and the backslash itself, as `\xHH`. */
export function fromPrintedBytes(printed: string): Buffer {
  const bytes: number[] = [];
  for (let index = 0; index < printed.length; index++) {
    if (printed[index] === '\\' && printed[index + 1] === 'x') {
      bytes.push(Number.parseInt(printed.slice(index + 2, index + 4), 16));
      index += 3;
    } else bytes.push(printed.charCodeAt(index));
  }
  return Buffer.from(bytes);
}
