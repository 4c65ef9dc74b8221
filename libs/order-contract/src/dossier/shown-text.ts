/**
 * Others' text as a page, a paper or a terminal may show it: characters that show nothing, or that turn the order of what stands around them
 * (a reason could make 01 look like 10), stand as their code. The data itself is unchanged.
 */
export const shownAs = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => codeOf(character));

/** U+4E2D, in brackets. */
export const codeOf = (character: string): string =>
  `[U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`;
