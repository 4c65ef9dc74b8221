/**
 * Whether a text has letters that are read from the right. What follows one without a letter of ours between, a colon and a
 * number, is drawn on its other side (UAX #9): `discount X: 0.125` is seen as `discount 0.125 :X`.
 */
export const hasRightToLeft = (text: string): boolean => /[\u0590-\u08ff\ufb1d-\ufefc]/.test(text);
