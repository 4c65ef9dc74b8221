/** Text that is HTML already. Only `html` makes it, so what came from outside is always escaped. */
export class Html {
  constructor(readonly text: string) {}
}

export type Fragment = Html | string | number | null | undefined | false | readonly Fragment[];

/**
 * HTML from a template; what is put in is escaped, but for what `html` itself made. Nothing comes of null, undefined
 * and false, so that `condition && html`…`` reads well.
 */
export function html(texts: TemplateStringsArray, ...values: Fragment[]): Html {
  return new Html(texts.reduce((all, text, index) => all + text + textOf(values[index]), ''));
}

const textOf = (value: Fragment): string => {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(textOf).join('');
  return escape(String(value));
};

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => escapes[character] as string);
