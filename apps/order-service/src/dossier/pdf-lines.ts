import { codeOf, shownAs } from '@orderlog/order-contract';
import bidiFactory, { type Bidi } from 'bidi-js';
import type { Face, Faces, Font, Run } from './pdf-face.js';

// Its types are of a module with a `default` inside; the function itself is what there is.
const bidi = (bidiFactory as unknown as () => Bidi)();

/** Lines of a text in a width, each from its left to its right. */
export interface SetText {
  lines: Run[][];
  /** Whether some character stands as its code, because no font has it. */
  lacked: boolean;
}

/** Characters beside which a line may be broken without a blank: those of Chinese and Japanese. */
const square = '\\u2e80-\\u312f\\u3190-\\ua4cf\\uf900-\\ufaff\\uff00-\\uffef\\u{20000}-\\u{3ffff}';
const opening = '「『（【〔〈《［｛';
const closing = '、。，．：；！？）」』】〕〉》］｝々ーぁぃぅぇぉっゃゅょァィゥェォッャュョ';
/** What is never torn unless it is wider than a line: a word with what follows it, a square character with its brackets. */
const units = new RegExp(`[${opening}]*[${square}][${closing}\\p{M}]*\\s*|-*[^\\s${square}-]+-*\\s*|-+\\s*|\\s+`, 'gu');
const rightToLeft = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Nko}\p{Script=Thaana}]/u;
/** They choose the look of the character before them, and show nothing. */
const lookSelectors = /[\ufe00-\ufe0f]/g;

/**
 * Breaks others' text into lines. A character that no font has stands as its code. Where a script reads from the right,
 * what stands on a line is in the order of the Unicode Bidirectional Algorithm (UAX #9), on a page that reads from the left.
 * @param width in thousandths of the font's size
 */
export function setText(text: string, width: number, font: Font, faces: Faces): SetText {
  let lacked = false;
  const known = (line: string): string => {
    let shown = '';
    for (const character of shownAs(line).replace(lookSelectors, '')) {
      const has = faces.faceFor(character, font) !== undefined;
      lacked ||= !has;
      shown += has ? character : codeOf(character);
    }
    return shown;
  };
  const lines = text.split('\n').flatMap((paragraph) => linesOf(known(paragraph), width, font, faces));
  return { lines, lacked };
}

function linesOf(paragraph: string, width: number, font: Font, faces: Faces): Run[][] {
  const levels = rightToLeft.test(paragraph) ? bidi.getEmbeddingLevels(paragraph, 'ltr').levels : undefined;
  const lineOf = (start: number, end: number): Run[] =>
    inOrderOfTheEye(paragraph, start, end, levels).flatMap(({ text, leftwards }) =>
      runsOf(text, leftwards, font, faces),
    );
  return breaks(paragraph, width, (text) => widthOf(runsOf(text, false, font, faces))).map(([start, end]) =>
    lineOf(start, end),
  );
}

export const widthOf = (line: readonly Run[]): number => line.reduce((sum, run) => sum + run.width, 0);

/**
 * Where lines begin and end, as many units on each as fit. Blanks at the end of a line take no room.
 * @param measure how wide a piece of the text is
 */
export function breaks(text: string, width: number, measure: (piece: string) => number): [number, number][] {
  const lines: [number, number][] = [];
  let [start, end, taken] = [0, 0, 0];
  const close = (next: number): void => {
    lines.push([start, start + text.slice(start, end).trimEnd().length]);
    [start, end, taken] = [next, next, 0];
  };
  for (const { 0: unit, index } of text.matchAll(units)) {
    const its = measure(unit);
    const fits = (its: number): boolean => taken + its <= width;
    if (!fits(its) && !fits(measure(unit.trimEnd()))) {
      if (end > start) close(index);
      if (!fits(measure(unit.trimEnd()))) {
        // Wider than a line by itself: torn where the line is full, at least a character on each.
        for (const character of unit) {
          const wide = measure(character);
          if (end > start && !fits(wide)) close(end);
          end += character.length;
          taken += wide;
        }
        continue;
      }
    }
    end = index + unit.length;
    taken += its;
  }
  close(end);
  return lines;
}

/** Pieces of a line that read in one direction, from the left of the line to its right (UAX #9, L2). */
export function inOrderOfTheEye(
  text: string,
  start: number,
  end: number,
  levels: Uint8Array | undefined,
): { text: string; leftwards: boolean }[] {
  if (!levels) return [{ text: text.slice(start, end), leftwards: false }];
  const pieces: { text: string; level: number }[] = [];
  for (let index = start; index < end; index++) {
    const last = pieces.at(-1);
    if (last && last.level === levels[index]) last.text += text[index];
    else pieces.push({ text: text[index]!, level: levels[index]! });
  }
  const highest = Math.max(...pieces.map(({ level }) => level));
  for (let level = highest; level >= 1; level--) {
    for (let from = 0; from < pieces.length; from++) {
      let to = from;
      while (to < pieces.length && pieces[to]!.level >= level) to++;
      if (to - from > 1) pieces.splice(from, to - from, ...pieces.slice(from, to).reverse());
      from = Math.max(from, to - 1);
    }
  }
  return pieces.map(({ text, level }) =>
    level % 2 === 0 ? { text, leftwards: false } : { text: mirrored(text), leftwards: true },
  );
}

/** A bracket that opens to the right opens to the left where the text reads so. */
const mirrored = (text: string): string =>
  Array.from(text, (character) => bidi.getMirroredCharacter(character) ?? character).join('');

/** One run for each stretch of one face. */
function runsOf(text: string, leftwards: boolean, font: Font, faces: Faces): Run[] {
  const stretches: { face: Face; text: string }[] = [];
  for (const character of text) {
    const face = faces.faceFor(character, font)!;
    const last = stretches.at(-1);
    if (last?.face === face) last.text += character;
    else stretches.push({ face, text: character });
  }
  if (leftwards) stretches.reverse();
  return stretches.map(({ face, text }) => face.run(text, leftwards));
}
