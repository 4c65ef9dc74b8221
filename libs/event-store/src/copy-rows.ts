import { BinaryFields } from './binary-fields.js';

/** A statement `copy … from stdin (format binary)`, prepared under a name. */
export interface CopyStatement {
  name: string;
  text: string;
}

const signature = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const copyDone = Buffer.from('c\0\0\0\x04', 'latin1');

/** What is sent before the rows: Bind and Execute of the statement, and the head of one CopyData. */
function headOf(name: string): Buffer {
  const bind = Buffer.from(`B\0\0\0\0\0${name}\0\0\0\0\0\0\0`, 'latin1');
  bind.writeInt32BE(bind.length - 1, 1);
  return Buffer.concat([bind, Buffer.from('E\0\0\0\x09\0\0\0\0\0d\0\0\0\0', 'latin1'), signature]);
}

export interface CopyMark {
  end: number;
  count: number;
}

/**
 * Rows for COPY, as the very bytes that go over the wire: everything between one Sync and the next that this table needs.
 * They may be sent without waiting for Postgres to ask for them: should a statement before this one fail, it skips them.
 */
export class CopyRows extends BinaryFields {
  count = 0;
  private readonly dataAt: number;

  constructor(
    statement: CopyStatement,
    private readonly columns: number,
  ) {
    const head = headOf(statement.name);
    super(head);
    this.dataAt = head.length - signature.length - 4;
  }

  /** The next row; as many fields must follow as there are columns. */
  begin(): void {
    this.count++;
    this.putInt16(this.columns);
  }

  /** Where it stands; `backTo` forgets what was put in after that. */
  mark(): CopyMark {
    return { end: this.end, count: this.count };
  }

  backTo({ end, count }: CopyMark): void {
    this.end = end;
    this.count = count;
  }

  override clear(): void {
    super.clear();
    this.count = 0;
  }

  finish(): Buffer {
    this.putInt16(-1);
    this.bytes.writeInt32BE(this.end - this.dataAt, this.dataAt);
    this.makeRoom(copyDone.length);
    this.end += copyDone.copy(this.bytes, this.end);
    return this.bytes.subarray(0, this.end);
  }
}
