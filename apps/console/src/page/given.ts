import { z } from 'zod';

/** A form sends what was left empty as an empty text. */
export const given = <S extends z.ZodType>(shape: S) =>
  z.preprocess((value) => (value === '' ? undefined : value), shape.optional());
