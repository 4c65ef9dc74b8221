import { MalformedMessage } from './registry-errors.js';

/** Confluent's wire format: 0x00, the schema's id (int32, big endian), then the Avro bytes. */
export const wireHeaderBytes = 5;

/** @returns the id of the schema that wrote the message @throws MalformedMessage */
export function schemaIdOf(value: Buffer | null): number {
  if (value === null) throw new MalformedMessage('it is a tombstone');
  if (value.length < wireHeaderBytes) throw new MalformedMessage(`${value.length} bytes are no message`);
  if (value[0] !== 0) throw new MalformedMessage(`it begins with 0x${value.toString('hex', 0, 1)}, not with 0x00`);
  return value.readInt32BE(1);
}
