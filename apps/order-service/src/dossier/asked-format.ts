/** What a dossier may be answered as, and the media type of each; the first is for whoever has no wish. */
export const formats = {
  json: 'application/json',
  html: 'text/html',
  pdf: 'application/pdf',
} as const;

export type DossierFormat = keyof typeof formats;

/**
 * Which of some forms an Accept header asks for (RFC 9110, 12.5.1). Of the ranges that a form is in, the one that says
 * most counts: a wish for anything beside `text/html;q=0` is one for anything but HTML. The highest q, of equals the one that is named first.
 * @param forms the media type of each, the one for whoever has no wish first
 * @returns undefined where it asks for none of them
 */
export function preferredOf<Form extends string>(
  accept: string | undefined,
  forms: Readonly<Record<Form, string>>,
): Form | undefined {
  const ranges = (accept?.trim() || '*/*').split(',').map((part, place) => {
    const [range = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    return { range, place, q: q === undefined ? 1 : /^(0(\.\d*)?|1(\.0*)?)$/.test(q) ? Number(q) : 0 };
  });
  const wishes = (Object.entries(forms) as [Form, string][]).flatMap(([form, type]) => {
    const wish = [type, type.replace(/\/.*/, '/*'), '*/*']
      .map((wanted) => ranges.find(({ range }) => range === wanted))
      .find((range) => range !== undefined);
    return wish === undefined || wish.q === 0 ? [] : [{ form, ...wish }];
  });
  return wishes.sort((one, other) => other.q - one.q || one.place - other.place)[0]?.form;
}
