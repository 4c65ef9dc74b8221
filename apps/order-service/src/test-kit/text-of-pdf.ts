import { inflateSync } from 'node:zlib';

/**
 * What a reader would copy from each page of a PDF of ours: its glyphs in the order in which they are written, each as
 * the characters that its font says it stands for. Lines end in a line feed.
 */
export function textOfPdf(pdf: Buffer): string[] {
  const objects = objectsOf(pdf);
  const characters = (font: string): Map<string, string> => {
    const cmap = objects.get(/\/ToUnicode (\d+) 0 R/.exec(objects.get(font)!.head)![1]!)!.content;
    const codes = [...cmap.matchAll(/<([0-9a-f]{4})> <[0-9a-f]{4}> \[([^\]]*)\]/gi)].flatMap(([, first, list]) =>
      [...list!.matchAll(/<([0-9a-f ]+)>/gi)].map(([, hex], index) => {
        const code = (parseInt(first!, 16) + index).toString(16).padStart(4, '0');
        return [code, Buffer.from(hex!.replaceAll(' ', ''), 'hex').swap16().toString('utf16le')] as const;
      }),
    );
    return new Map(codes);
  };
  const known = new Map<string, Map<string, string>>();
  const shown = (content: string, resources: string): string => {
    const fonts = new Map([...resources.matchAll(/\/(F\d+) (\d+) 0 R/g)].map(([, name, id]) => [name!, id!]));
    let font = new Map<string, string>();
    let text = '';
    for (const [, name, hex, end] of content.matchAll(/\/(F\d+) [\d.]+ Tf|<([0-9a-f]+)>|( Tm|ET)/g)) {
      if (end) text += text === '' || text.endsWith('\n') ? '' : '\n';
      else if (name) {
        const id = fonts.get(name)!;
        font = known.get(id) ?? characters(id);
        known.set(id, font);
      } else
        text += hex!
          .match(/.{4}/g)!
          .map((code) => font.get(code.toLowerCase()) ?? '\ufffd')
          .join('');
    }
    return text;
  };
  return [...objects.values()]
    .filter(({ head }) => /\/Type \/Page\b/.test(head))
    .map(({ head }) => {
      const [contents, resources] = ['Contents', 'Resources'].map((name) =>
        objects.get(new RegExp(`/${name} (\\d+) 0 R`).exec(head)![1]!)!,
      );
      const forms = [...resources!.head.matchAll(/\/Pages (\d+) 0 R/g)].map(([, id]) => objects.get(id!)!);
      return (
        shown(contents!.content, resources!.head) + forms.map(({ head, content }) => shown(content, head)).join('')
      );
    });
}

function objectsOf(pdf: Buffer): Map<string, { head: string; content: string }> {
  const text = pdf.toString('latin1');
  return new Map(
    [...text.matchAll(/(?<=\n)(\d+) 0 obj\n/g)].map(({ 0: opening, 1: id, index }) => {
      const start = index + opening.length;
      const end = text.indexOf('\nendobj', start);
      const stream = text.indexOf('\nstream\n', start);
      if (stream < 0 || stream > end) return [id!, { head: text.slice(start, end), content: '' }];
      const head = text.slice(start, stream);
      const length = Number(/\/Length (\d+)/.exec(head)![1]);
      const bytes = pdf.subarray(stream + 8, stream + 8 + length);
      const isText = !/FontFile|EmbeddedFile|\/Length1/.test(head);
      const content = /FlateDecode/.test(head) && isText ? inflateSync(bytes).toString('latin1') : '';
      return [id!, { head, content }];
    }),
  );
}
