import { randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SchemaRegistry as ConfluentClient, SchemaType } from '@kafkajs/confluent-schema-registry';
import { describe, expect, it } from '@jest/globals';
import { MalformedMessage, RegistryRefused, RegistryUnavailable, UnknownSchema } from './registry-errors.js';
import { SchemaRegistry } from './schema-registry.js';

const url = process.env.SCHEMA_REGISTRY_URL ?? '';
const registry = new SchemaRegistry({ url });
/** A subject and a record name of the test's own. */
const fresh = () => {
  const id = randomUUID().replaceAll('-', '').slice(0, 12);
  const schema = (...fields: object[]) =>
    JSON.stringify({
      type: 'record',
      name: `Thing${id}`,
      namespace: 'relay.test',
      fields: [{ name: 'id', type: 'string' }, ...fields],
    });
  return { subject: `relay-test-${id}-value`, schema };
};
const lines = {
  name: 'lines',
  type: {
    type: 'array',
    items: {
      type: 'record',
      name: 'Line',
      fields: [
        { name: 'sku', type: 'string' },
        { name: 'n', type: 'long' },
      ],
    },
  },
  default: [],
};
const note = { name: 'note', type: ['null', 'string'], default: null };

describe('a subject of the registry', () => {
  it('takes its level before its first schema, and refuses what the level forbids', async () => {
    const { subject, schema } = fresh();
    expect(await registry.compatibility(subject)).toBeNull();
    await registry.setCompatibility(subject, 'FULL_TRANSITIVE');
    expect(await registry.compatibility(subject)).toBe('FULL_TRANSITIVE');
    expect(await registry.checkCompatibility(subject, schema())).toEqual({ compatible: true, reasons: [] });
    const id = await registry.register(subject, schema());
    expect(await registry.register(subject, schema())).toBe(id);
    expect(await registry.checkCompatibility(subject, schema(note))).toMatchObject({ compatible: true });
    const breaking = schema({ name: 'total', type: 'long' });
    expect((await registry.checkCompatibility(subject, breaking)).compatible).toBe(false);
    await expect(registry.register(subject, breaking)).rejects.toThrow(RegistryRefused);
  });

  it('is looked up by its text, however that is laid out, and not registered by it', async () => {
    const { subject, schema } = fresh();
    expect(await registry.lookUp(subject, schema())).toBeNull();
    const id = await registry.register(subject, schema(note));
    const laidOut = JSON.stringify(JSON.parse(schema(note)), null, 2);
    expect(await registry.lookUp(subject, laidOut)).toEqual({ id, version: expect.any(Number) });
    expect(await registry.lookUp(subject, schema())).toBeNull();
    expect(await registry.subjects()).toContain(subject);
    expect(JSON.parse(await new SchemaRegistry({ url }).schemaText(id))).toMatchObject({
      name: JSON.parse(schema()).name,
    });
  });
});

describe('a decoder', () => {
  it('reads what an independent client wrote, with an older schema and with a newer one', async () => {
    const { subject, schema } = fresh();
    await registry.setCompatibility(subject, 'FULL_TRANSITIVE');
    const other = new ConfluentClient({ host: url });
    const [older, middle, newer] = [schema(), schema(note), schema(note, lines)];
    const write = async (text: string, value: object) => {
      const { id } = await other.register(
        { type: SchemaType.AVRO, schema: text },
        { subject, compatibility: 'FULL_TRANSITIVE' as never },
      );
      return { id, bytes: await other.encode(id, value) };
    };
    const first = await write(older, { id: 'a' });
    const second = await write(middle, { id: 'b', note: 'x' });
    const third = await write(newer, { id: 'c', note: null, lines: [{ sku: 'S', n: 3 }] });
    const decoder = registry.decoder(middle);
    expect(decoder.tryDecode(first.bytes)).toBeUndefined();
    expect(await decoder.decode(first.bytes)).toEqual({ schemaId: first.id, value: { id: 'a', note: null } });
    expect(await decoder.decode(second.bytes)).toEqual({ schemaId: second.id, value: { id: 'b', note: 'x' } });
    expect(await decoder.decode(third.bytes)).toEqual({ schemaId: third.id, value: { id: 'c', note: null } });
    expect(decoder.tryDecode(third.bytes)?.value).toEqual({ id: 'c', note: null });
  });

  it('calls bytes that are no message poison, and never hangs on them', async () => {
    const { subject, schema } = fresh();
    const id = await registry.register(subject, schema(lines));
    const decoder = registry.decoder(schema(note)); // skips `lines`, so both reading and skipping are tried
    const whole = registry.decoder(schema(lines));
    const withId = (rest: Buffer) => {
      const bytes = Buffer.concat([Buffer.alloc(5), rest]);
      bytes.writeInt32BE(id, 1);
      return bytes;
    };
    await whole.decode(withId(Buffer.from([2, 0x61, 0])));
    await decoder.decode(withId(Buffer.from([2, 0x61, 0])));
    const claimsAgainstReason = withId(Buffer.from([2, 0x61, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f, 1, 2]));
    for (const bytes of [
      null,
      Buffer.alloc(0),
      Buffer.from('not avro'),
      withId(Buffer.from([2])),
      claimsAgainstReason,
    ]) {
      await expect(whole.decode(bytes)).rejects.toThrow(MalformedMessage);
      await expect(decoder.decode(bytes)).rejects.toThrow(MalformedMessage);
    }
    for (let round = 0; round < 2_000; round++) {
      for (const reader of [whole, decoder]) {
        try {
          reader.tryDecode(withId(randomBytes(1 + (round % 64))));
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessage);
        }
      }
    }
  });

  it('asks once for an id that the registry does not know, and again after a while', async () => {
    let asked = 0;
    const counting = createServer((request, response) => {
      asked++;
      void fetch(new URL(url).origin + request.url).then(async (answer) =>
        response.writeHead(answer.status).end(await answer.text()),
      );
    });
    await new Promise<void>((listening) => counting.listen(0, '127.0.0.1', listening));
    const proxied = `http://127.0.0.1:${(counting.address() as AddressInfo).port}${new URL(url).pathname}`;
    const bytes = Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 0]);
    const decode = async (unknownForMs: number, waitMs: number): Promise<void> => {
      const decoder = new SchemaRegistry({ url: proxied, unknownForMs }).decoder(fresh().schema());
      for (let round = 0; round < 5; round++) {
        await expect(decoder.decode(bytes)).rejects.toThrow(UnknownSchema);
        await new Promise((later) => setTimeout(later, waitMs));
      }
    };
    await decode(600_000, 0);
    expect(asked).toBe(1);
    await decode(10, 20);
    expect(asked).toBe(1 + 5);
    counting.close();
    counting.closeAllConnections();
  });

  it('waits rather than blames the message while the registry is away or is something else', async () => {
    const away = new SchemaRegistry({ url: 'http://127.0.0.1:1', timeoutMs: 500 });
    await expect(away.schemaText(1)).rejects.toThrow(RegistryUnavailable);
    const elsewhere = new SchemaRegistry({ url: `${new URL(url).origin}/no/such/path` });
    await expect(elsewhere.schemaText(1)).rejects.toThrow(RegistryUnavailable);
    await expect(elsewhere.lookUp('s', fresh().schema())).rejects.toThrow(RegistryUnavailable);
  });
});
