import { createRequire } from 'node:module';
import PDFDocument from 'pdfkit';
import { codeOf, shownAs } from './shown-text.js';

const require = createRequire(import.meta.url);
/** PDF's own fonts hold Windows-1252 alone; names and reasons are written in any script. Only glyphs in use are kept. */
const fonts = {
  plain: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed.ttf'),
  bold: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed-Bold.ttf'),
  mono: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSansMono.ttf'),
};
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
  font?: keyof typeof fonts;
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

/** A4, written from the top down; what does not fit goes on overleaf, a row or a block at a time. */
export class Paper {
  readonly left = 40;
  readonly width = 595.28 - 80;
  readonly #bottom = 841.89 - 52;
  readonly #pdf: PDFKit.PDFDocument;
  #lacked = false;
  readonly #bytes: Promise<Buffer>;

  constructor(about: { title: string; created: Date }) {
    this.#pdf = new PDFDocument({
      size: 'A4',
      margins: { top: 40, left: this.left, right: 40, bottom: 30 },
      font: fonts.plain,
      bufferPages: true,
      pdfVersion: '1.7',
      lang: 'en',
      displayTitle: true,
      info: { Title: about.title, Creator: 'orderlog', CreationDate: about.created },
    });
    const chunks: Buffer[] = [];
    this.#bytes = new Promise((resolve, reject) => {
      this.#pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
      this.#pdf.on('end', () => resolve(Buffer.concat(chunks)));
      this.#pdf.on('error', reject);
    });
    this.y = 40;
  }

  get y(): number {
    return this.#pdf.y;
  }
  set y(y: number) {
    this.#pdf.y = y;
  }

  /** Others' text in what the font has; what it has not stands as its code, and as itself in the attached data. */
  #shown(text: string): string {
    const { font } = (this.#pdf as unknown as { _font: { font: { hasGlyphForCodePoint(code: number): boolean } } })
      ._font;
    const shown = (line: string) =>
      Array.from(shownAs(line), (character) => {
        if (font.hasGlyphForCodePoint(character.codePointAt(0)!)) return character;
        this.#lacked = true;
        return codeOf(character);
      }).join('');
    return text.split('\n').map(shown).join('\n');
  }

  /** Whether some character stood as its code, because the font has none. */
  get lacked(): boolean {
    return this.#lacked;
  }

  #set({ font = 'plain', size = 8.5, colour = colours.ink }: Style): void {
    this.#pdf.font(fonts[font]).fontSize(size).fillColor(colour);
  }

  heightOf(text: string, width: number, style: Style = {}): number {
    this.#set(style);
    return this.#pdf.heightOfString(this.#shown(text), { width });
  }

  /** Goes on overleaf unless so much still fits here. */
  need(height: number): boolean {
    if (this.y + height <= this.#bottom) return false;
    this.#pdf.addPage();
    this.y = 40;
    return true;
  }

  /** Writes at a place, and does not move on. @returns how high it became */
  at(text: string, x: number, y: number, width: number, style: Style = {}): number {
    const height = this.heightOf(text, width, style);
    const before = this.y;
    this.#pdf.text(this.#shown(text), x, y, { width, align: style.align ?? 'left' });
    this.y = before;
    return height;
  }

  write(text: string, style: Style & { indent?: number; after?: number } = {}): void {
    const { indent = 0, after = 2 } = style;
    const width = this.width - indent;
    this.need(Math.min(this.heightOf(text, width, style), this.#bottom - 40));
    this.y += this.at(text, this.left + indent, this.y, width, style) + after;
  }

  heading(text: string): void {
    this.need(70);
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
    options: { indent?: number; font?: Style['font']; labelWidth?: number } = {},
  ): void {
    const { indent = 0, font = 'plain', labelWidth = 74 } = options;
    const size = font === 'mono' ? 6.8 : 8.5;
    for (const [label, value] of pairs) {
      const width = this.width - indent - labelWidth;
      this.need(Math.min(this.heightOf(value, width, { font, size }), 400));
      this.at(label, this.left + indent, this.y, labelWidth - 4, { size: 8, colour: colours.soft });
      this.y += this.at(value, this.left + indent + labelWidth, this.y, width, { font, size }) + 1.5;
    }
  }

  /** Rows are never torn; the head stands on every page. */
  async table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): Promise<void> {
    const head = () => {
      this.#row(
        columns,
        columns.map(({ title }) => ({ text: title, size: 7.5, colour: colours.soft, font: 'bold' })),
      );
      this.rule(this.left, this.width, colours.ink, 0.8);
      this.y += 3;
    };
    this.need(50);
    head();
    for (const [index, row] of rows.entries()) {
      if (this.need(this.#heightOfRow(columns, row) + 4)) head();
      this.#row(columns, row);
      this.rule(this.left, this.width, index === rows.length - 1 ? colours.ink : colours.line, 0.6);
      this.y += 3;
      if (index % 20 === 19) await letOthers();
    }
  }

  #heightOfRow(columns: readonly Column[], row: readonly Cell[]): number {
    return Math.max(...row.map((cell, index) => this.heightOf(textOf(cell), columns[index]!.width - 6, styleOf(cell))));
  }

  #row(columns: readonly Column[], row: readonly Cell[]): void {
    let x = this.left;
    let height = 0;
    for (const [index, cell] of row.entries()) {
      const { width, align = 'left' } = columns[index]!;
      height = Math.max(
        height,
        this.at(textOf(cell), x, this.y, width - (align === 'right' ? 0 : 6), { ...styleOf(cell), align }),
      );
      x += width;
    }
    this.y += height + 2;
  }

  attach(bytes: Buffer, about: { name: string; type: string; description: string }): void {
    this.#pdf.file(bytes, { ...about, relationship: 'Source' } as PDFKit.Mixins.PDFAttachmentOptions);
  }

  /** @returns the whole, with a line at the foot of every page */
  async finish(foot: (page: number, of: number) => string): Promise<Buffer> {
    const { count } = this.#pdf.bufferedPageRange();
    for (let page = 0; page < count; page++) {
      this.#pdf.switchToPage(page);
      this.at(foot(page + 1, count), this.left, 841.89 - 44, this.width, { size: 7, colour: colours.soft });
    }
    this.#pdf.end();
    return this.#bytes;
  }
}

const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text);
const styleOf = (cell: Cell): Style => (typeof cell === 'string' ? {} : cell);

/** Commands and other answers have their turn between two parts of a long paper. */
export const letOthers = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
