import type { FastifyReply } from 'fastify';
import { assetUrl } from './assets.js';
import { html, type Fragment } from './html.js';

export interface Page {
  /** The place in the navigation that the page belongs to. */
  at: 'now' | 'orders' | 'revenue' | 'findings' | null;
  title: string;
  body: Fragment;
  /** Parts with an id and `data-live` are brought up to date this often; not at all where it is not given. */
  refreshMs?: number;
}

const places = [
  { at: 'now', href: '/', text: 'Now' },
  { at: 'orders', href: '/orders', text: 'Orders' },
  { at: 'revenue', href: '/revenue', text: 'Revenue' },
  { at: 'findings', href: '/findings', text: 'Findings' },
] as const;

/** Sends a page. Nothing in it comes from another place than this process, and nothing runs that is not ours. */
export function sendPage(reply: FastifyReply, page: Page, status = 200): void {
  void reply
    .code(status)
    .header('content-type', 'text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .header(
      'content-security-policy',
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
    .header('x-content-type-options', 'nosniff')
    .header('referrer-policy', 'same-origin')
    .send(`<!doctype html>\n${documentOf(page).text}`);
}

const documentOf = ({ at, title, body, refreshMs }: Page) =>
  html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      ${refreshMs !== undefined && html`<meta name="refresh-ms" content="${refreshMs}" />`}
      <title>${title} · orderlog</title>
      <link rel="icon" href="${assetUrl('icon.svg')}" type="image/svg+xml" />
      <link rel="stylesheet" href="${assetUrl('console.css')}" />
      ${refreshMs !== undefined && html`<script type="module" src="${assetUrl('live.js')}"></script>`}
    </head>
    <body>
      <a class="skip" href="#content">To the content</a>
      <header class="top">
        <a class="brand" href="/"
          ><svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
            <path d="M5 4v16M5 7h9M5 12h14M5 17h6" />
          </svg>
          orderlog</a
        >
        <nav aria-label="Pages">
          ${places.map((place) => html`<a href="${place.href}" ${place.at === at && html` aria-current="page"`}>${place.text}</a>`)}
        </nav>
        <form class="find" action="/orders/find" role="search">
          <input
            name="id"
            placeholder="Order ID, e.g. 8471"
            aria-label="Order ID"
            autocomplete="off"
            required
            maxlength="64"
          />
          <button>Open</button>
        </form>
        <p id="link-state" class="link-state" role="status" hidden>
          This page has lost its server; what you see may be old. It goes on trying.
        </p>
      </header>
      <main id="content">${body}</main>
    </body>
  </html>`;
