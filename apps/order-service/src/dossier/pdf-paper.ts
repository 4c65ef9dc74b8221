import PDFDocument from 'pdfkit';
import { digits, Faces, type Font } from './pdf-face.js';
import { setText, widthOf, type SetText } from './pdf-lines.js';

export const colours = {
  ink: '#16202b',
  soft: '#5b6773',
  line: '#d5dbe1',
  tint: '#f3f6f8',
  late: '#9a4b00',
  refused: '#a11a1a',
  accent: '#0b5c8a',
};

export interface Style {
  font?: Font;
  size?: number;
  colour?: string;
  align?: 'left' | 'right';
}

export interface Column {
  title: string;
  width: number;
  align?: 'left' | 'right';
}

export type Cell = string | (Style & { text: string });

/** Text in its lines, for a width: how high it is, and what it is written with. */
interface Block extends SetText {
  width: number;
  height: number;
  style: Required<Style>;
}

/** Of the line's height in a size; the rest of it is below the letters. */
const ascent = 0.93;
const lineHeight = 1.165;
const foot = { size: 7, top: 841.89 - 44, numbers: 66 };

/** A third of a page. */
const highRow = 250;

/** What pdfkit has and its types do not. */
interface Inside {
  _font: { id: string };
  page: { fonts: Record<string, unknown>; xobjects: Record<string, unknown> };
  addContent(operators: string): void;
  ref(data: object): { end(content: string): void };
}

/**
 * A4, written from the top down; what does not fit goes on overleaf, a row or a block at a time. A page that is full is
 * packed and let go, so a long paper takes little more memory than its bytes. Text is set and written by us (pdf-lines.ts):
 * pdfkit would keep each word that it has ever set, set each text anew for its height, and end each word at its font.
 */
export class Paper {
  readonly left = 40;
  readonly width = 595.28 - 80;
  y = 40;
  readonly #bottom = 841.89 - 52;
  readonly #pdf: PDFKit.PDFDocument;
  readonly #inside: Inside;
  readonly #faces: Faces;
  readonly #foot: string;
  readonly #bytes: Promise<Buffer>;
  /** How many pages there are, on each of them; known at the end. */
  readonly #altogether: ReturnType<Inside['ref']> & { data: Record<string, unknown> };
  #pages = 1;
  #lacked = false;

  /** @param about its foot stands on every page, beside the page's number */
  constructor(about: { title: string; created: Date; foot: string }) {
    this.#pdf = new PDFDocument({
      size: 'A4',
      margins: { top: 0, left: 0, right: 0, bottom: 0 },
      pdfVersion: '1.7',
      lang: 'en',
      displayTitle: true,
      info: { Title: about.title, Creator: 'orderlog', CreationDate: about.created },
    });
    this.#inside = this.#pdf as unknown as Inside;
    this.#foot = about.foot;
    this.#faces = new Faces((source) => {
      this.#pdf.font(source);
      return this.#inside._font;
    });
    this.#altogether = this.#inside.ref({ Type: 'XObject', Subtype: 'Form', BBox: [0, -5, foot.numbers, 10] }) as never;
    const chunks: Buffer[] = [];
    this.#bytes = new Promise((resolve, reject) => {
      this.#pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
      this.#pdf.on('end', () => resolve(Buffer.concat(chunks)));
      this.#pdf.on('error', reject);
    });
  }

  /** Whether some character stood as its code, because no font has it. */
  get lacked(): boolean {
    return this.#lacked;
  }

  #set(text: string, width: number, style: Style): Block {
    const { font = 'plain', size = 8.5, colour = colours.ink, align = 'left' } = style;
    const set = setText(text, (width / size) * 1000, font, this.#faces);
    this.#lacked ||= set.lacked;
    return { ...set, width, height: set.lines.length * size * lineHeight, style: { font, size, colour, align } };
  }

  #write({ lines, width, style: { size, colour, align } }: Block, x: number, y: number): void {
    const operators = ['BT', ...(lines.length > 0 ? [`${colourOf(colour)} rg`] : [])];
    for (const [index, line] of lines.entries()) {
      const start = align === 'right' ? x + width - (widthOf(line) * size) / 1000 : x;
      const base = y + (index * lineHeight + ascent) * size;
      operators.push(`1 0 0 -1 ${digits(start)} ${digits(base)} Tm`);
      for (const run of line) {
        this.#inside.page.fonts[run.face.id] ??= run.face.resource;
        operators.push(`/${run.face.id} ${size} Tf ${run.operators(size)}`);
      }
    }
    this.#inside.addContent([...operators, 'ET'].join('\n'));
  }

  /** The largest of some sizes in which a text takes one line; the last where it takes more in each. */
  sizeFor(text: string, width: number, sizes: readonly number[], font: Font = 'plain'): number {
    return sizes.find((size) => this.#set(text, width, { font, size }).lines.length === 1) ?? sizes.at(-1)!;
  }

  /** Goes on overleaf unless so much still fits here. */
  need(height: number): boolean {
    if (this.y + height <= this.#bottom) return false;
    this.#closePage();
    this.#pdf.addPage();
    this.#pages += 1;
    this.y = 40;
    return true;
  }

  /** Writes at a place, and does not move on. @returns how high it became */
  at(text: string, x: number, y: number, width: number, style: Style = {}): number {
    const block = this.#set(text, width, style);
    this.#write(block, x, y);
    return block.height;
  }

  write(text: string, style: Style & { indent?: number; after?: number } = {}): void {
    const { indent = 0, after = 2 } = style;
    this.#flow(this.#set(text, this.width - indent, style), this.left + indent);
    this.y += after;
  }

  /** Writes and moves on; overleaf where it does not fit here, and line by line where it fits on no page. */
  #flow(block: Block, x: number): void {
    const step = block.style.size * lineHeight;
    if (block.height <= this.#bottom - 40) this.need(block.height);
    let { lines } = block;
    while (lines.length > 0) {
      const fit = Math.max(1, Math.floor((this.#bottom - this.y) / step));
      this.#write({ ...block, lines: lines.slice(0, fit) }, x, this.y);
      this.y += Math.min(fit, lines.length) * step;
      lines = lines.slice(fit);
      if (lines.length > 0) this.need(Infinity);
    }
  }

  heading(text: string): void {
    // What it is the heading of begins under it: a table's head and a row.
    this.need(110);
    this.y += 12;
    this.write(text, { font: 'bold', size: 11.5, after: 1 });
    this.rule(this.left, this.width, colours.ink, 1);
    this.y += 5;
  }

  rule(x: number, width: number, colour: string, thickness: number): void {
    this.#pdf
      .moveTo(x, this.y)
      .lineTo(x + width, this.y)
      .lineWidth(thickness)
      .strokeColor(colour)
      .stroke();
  }

  box(x: number, y: number, width: number, height: number, look: { fill?: string; stroke?: string }): void {
    this.#pdf.lineWidth(0.8);
    if (look.fill) this.#pdf.rect(x, y, width, height).fill(look.fill);
    if (look.stroke) this.#pdf.rect(x, y, width, height).strokeColor(look.stroke).stroke();
  }

  /** A label and what it says, side by side. */
  labelled(
    pairs: readonly [string, string][],
    options: { indent?: number; font?: Font; labelWidth?: number } = {},
  ): void {
    const { indent = 0, font = 'plain', labelWidth = 74 } = options;
    const size = font === 'mono' ? 6.8 : 8.5;
    for (const [label, value] of pairs) {
      const block = this.#set(value, this.width - indent - labelWidth, { font, size });
      this.need(Math.min(block.height, 400));
      this.at(label, this.left + indent, this.y, labelWidth - 4, { size: 8, colour: colours.soft });
      this.#flow(block, this.left + indent + labelWidth);
      this.y += 1.5;
    }
  }

  /** Rows are torn only where they are high; the head stands on every page. */
  async table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): Promise<void> {
    const set = (row: readonly Cell[]): Block[] =>
      row.map((cell, index) => {
        const { width, align = 'left' } = columns[index]!;
        const [text, style] = typeof cell === 'string' ? [cell, {}] : [cell.text, cell];
        return this.#set(text, width - (align === 'right' ? 0 : 6), { align, ...style });
      });
    const titles = columns.map(({ title }) => ({
      text: title,
      size: 7.5,
      colour: colours.soft,
      font: 'bold' as const,
    }));
    const head = (): void => {
      this.#row(set(titles), columns);
      this.rule(this.left, this.width, colours.ink, 0.8);
      this.y += 3;
    };
    this.need(50);
    head();
    for (const [index, row] of rows.entries()) {
      let blocks = set(row);
      // A high row is torn where the page ends, and goes on overleaf: moved there, it would leave half a page empty.
      if (heightOf(blocks) <= highRow && this.need(heightOf(blocks) + 4)) head();
      while (this.y + heightOf(blocks) > this.#bottom) {
        const room = this.#bottom - this.y;
        this.#row(
          blocks.map((block) => linesOf(block, 0, room)),
          columns,
        );
        blocks = blocks.map((block) => linesOf(block, room, Infinity));
        this.need(Infinity);
        head();
      }
      this.#row(blocks, columns);
      this.rule(this.left, this.width, index === rows.length - 1 ? colours.ink : colours.line, 0.6);
      this.y += 3;
      if (index % 20 === 19) await letOthers();
    }
  }

  #row(blocks: readonly Block[], columns: readonly Column[]): void {
    let x = this.left;
    for (const [index, block] of blocks.entries()) {
      this.#write(block, x, this.y);
      x += columns[index]!.width;
    }
    this.y += heightOf(blocks) + 2;
  }

  attach(bytes: Buffer, about: { name: string; type: string; description: string }): void {
    this.#pdf.file(bytes, { ...about, relationship: 'Source' } as PDFKit.Mixins.PDFAttachmentOptions);
  }

  /** The foot of a page, with its number and a place for how many there are. */
  #closePage(): void {
    const style = { size: foot.size, colour: colours.soft };
    this.at(this.#foot, this.left, foot.top, this.width - foot.numbers - 8, style);
    const x = this.left + this.width - foot.numbers;
    const number = this.#set(`page ${this.#pages} of`, foot.numbers, style);
    this.#write(number, x, foot.top);
    const after = x + (widthOf(number.lines[0]!) * foot.size) / 1000 + 2;
    this.#inside.page.xobjects['Pages'] = this.#altogether;
    this.#inside.addContent(`q 1 0 0 -1 ${digits(after)} ${digits(foot.top + ascent * foot.size)} cm /Pages Do Q`);
  }

  /** @returns the whole */
  async finish(): Promise<Buffer> {
    this.#closePage();
    const [line] = this.#set(String(this.#pages), foot.numbers, { size: foot.size }).lines;
    const [run] = line!;
    this.#altogether.data['Resources'] = { Font: { [run!.face.id]: run!.face.resource } };
    this.#altogether.end(
      `BT ${colourOf(colours.soft)} rg /${run!.face.id} ${foot.size} Tf ${run!.operators(foot.size)} ET`,
    );
    this.#pdf.end();
    return this.#bytes;
  }
}

const heightOf = (blocks: readonly Block[]): number => Math.max(...blocks.map(({ height }) => height));

/** The lines of a block between two heights of it. */
function linesOf(block: Block, from: number, to: number): Block {
  const step = block.style.size * lineHeight;
  const lines = block.lines.slice(Math.floor(from / step), Math.floor(to / step));
  return { ...block, lines, height: lines.length * step };
}

/** `#16202b` as PDF has it: three parts of one. */
const colourOf = (colour: string): string =>
  [1, 3, 5].map((at) => digits(parseInt(colour.slice(at, at + 2), 16) / 255)).join(' ');

/** Commands and other answers have their turn between two parts of a long paper. */
export const letOthers = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
