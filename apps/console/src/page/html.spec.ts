import { describe, expect, it } from '@jest/globals';
import { html } from './html.js';

describe('a page', () => {
  it('shows what came from outside as text, wherever it stands', () => {
    const sku = `"><script>alert('1')</script>&`;
    expect(html`<a title="${sku}">${sku}</a>`.text).toBe(
      '<a title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;">' +
        '&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;</a>',
    );
  });

  it('is made of parts, of lists of parts, and of nothing', () => {
    expect(html`<p>${[html`<b>${1}</b>`, ' & ']}${null}${undefined}${false}${0}</p>`.text).toBe(
      '<p><b>1</b> &amp; 0</p>',
    );
  });
});
