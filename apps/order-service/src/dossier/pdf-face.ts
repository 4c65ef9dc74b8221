import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { sfntOf } from './sfnt.js';

const require = createRequire(import.meta.url);
const dejaVu = (name: string): string => require.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`);

/** The fonts of a paper; only glyphs in use are kept in it. */
const files = {
  plain: dejaVu('DejaVuSansCondensed'),
  bold: dejaVu('DejaVuSansCondensed-Bold'),
  mono: dejaVu('DejaVuSansMono'),
};
export type Font = keyof typeof files;

let wide: Buffer | undefined;
/** For what the others lack, in every script: plain to look at, and 12 MB when unpacked. Read once, when it is needed. */
const wideFont = (): Buffer =>
  (wide ??= sfntOf(readFileSync(require.resolve('@fontsource/unifontex/files/unifontex-latin-400-normal.woff'))));

/** A font as pdfkit embeds it; its types do not have it. */
interface Embedded {
  id: string;
  font: { hasGlyphForCodePoint(code: number): boolean; GSUB?: unknown };
  /** With a list of features (also an empty one) the text is laid out as a whole, and nothing of it is kept. */
  encode(text: string, features: string[]): [codes: string[], positions: Position[]];
  ref(): unknown;
}
interface Position {
  xAdvance: number;
  xOffset: number;
  yOffset: number;
  advanceWidth: number;
}

/** Text of one face, ready to be written; its width in thousandths of the font's size. */
export interface Run {
  face: Face;
  /** What shows it, between `Tf` and the end of the text object, at a size. */
  operators: (size: number) => string;
  width: number;
}

/** Scripts whose letters join, or stand above one another: there a glyph depends on those beside it. */
const joined = /[\p{M}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Nko}\p{Script=Thaana}]/u;

/** One font in one paper. */
export class Face {
  readonly #glyphs = new Map<string, { code: string; width: number } | undefined>();

  constructor(private readonly embedded: Embedded) {}

  get id(): string {
    return this.embedded.id;
  }

  /** What a page names among its resources. */
  get resource(): unknown {
    return this.embedded.ref();
  }

  /** One character by itself; undefined where the font has none. */
  glyphOf(character: string): { code: string; width: number } | undefined {
    const known = this.#glyphs.get(character);
    if (known !== undefined || this.#glyphs.has(character)) return known;
    const glyph = this.embedded.font.hasGlyphForCodePoint(character.codePointAt(0)!)
      ? this.#glyphOf(character)
      : undefined;
    this.#glyphs.set(character, glyph);
    return glyph;
  }

  #glyphOf(character: string): { code: string; width: number } {
    const [codes, positions] = this.embedded.encode(character, []);
    return { code: codes.join(''), width: positions.reduce((sum, { advanceWidth }) => sum + advanceWidth, 0) };
  }

  /** @param text of characters that the face has. @param leftwards it reads from the right to the left */
  run(text: string, leftwards: boolean): Run {
    const joins = joined.test(text);
    // A font without rules of its own for shaping shows letters as they come.
    if (joins && this.embedded.font.GSUB !== undefined) return this.#shaped(text);
    const characters = Array.from(text);
    if (leftwards) characters.reverse();
    let codes = '';
    let width = 0;
    for (const character of characters) {
      const glyph = this.glyphOf(character)!;
      codes += glyph.code;
      width += glyph.width;
    }
    return { face: this, operators: () => `<${codes}> Tj`, width };
  }

  /** Glyphs as the font's rules place them: the text that reads from the right comes out in the order of the eye. */
  #shaped(text: string): Run {
    const [codes, positions] = this.embedded.encode(text, []);
    return {
      face: this,
      width: positions.reduce((sum, { xAdvance }) => sum + xAdvance, 0),
      operators: (size) =>
        codes
          .map((code, index) => {
            const { xAdvance, xOffset, yOffset, advanceWidth } = positions[index]!;
            const [before, after] = [-xOffset, advanceWidth - xAdvance + xOffset];
            return `${digits((yOffset * size) / 1000)} Ts [${digits(before)} <${code}> ${digits(after)}] TJ`;
          })
          .concat('0 Ts')
          .join(' '),
    };
  }
}

/** The faces of one paper: a style's own, and the wide one behind it, which is read when a character needs it. */
export class Faces {
  readonly #faces = new Map<Font | 'wide', Face>();

  /** @param embed makes pdfkit know a font */
  constructor(private readonly embed: (source: string | Buffer) => unknown) {}

  /** The face that shows a character in a style; undefined where none does. */
  faceFor(character: string, font: Font): Face | undefined {
    const own = this.#face(font);
    if (own.glyphOf(character)) return own;
    const wide = this.#face('wide');
    return wide.glyphOf(character) && wide;
  }

  #face(font: Font | 'wide'): Face {
    const known = this.#faces.get(font);
    if (known) return known;
    const face = new Face(this.embed(font === 'wide' ? wideFont() : files[font]) as Embedded);
    this.#faces.set(font, face);
    return face;
  }
}

/** A number as PDF has it: never with an exponent. */
export const digits = (value: number): string => String(Math.round(value * 100) / 100);
