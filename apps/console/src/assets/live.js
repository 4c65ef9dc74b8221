/**
 * Keeps a page up to date: it asks for the page again and puts in place those parts (an id and `data-live`) that have
 * changed. There is one way to draw a page, on the server; this moves what came of it. While nobody looks, it rests; a
 * part in which something is selected or being typed is left alone; open details stay open.
 */
const refreshMs = Number(document.querySelector('meta[name="refresh-ms"]')?.content ?? 0);
const lost = document.getElementById('link-state');
let failures = 0;

const isInUse = (part) => {
  const selection = document.getSelection();
  if (selection && !selection.isCollapsed && selection.anchorNode && part.contains(selection.anchorNode)) return true;
  const active = document.activeElement;
  return active instanceof HTMLInputElement && part.contains(active);
};

/** The way to the focused element inside a part, so that the keyboard's place is not lost. */
const focusIn = (part) => {
  const active = document.activeElement;
  if (!active || active === part || !part.contains(active)) return -1;
  return [...part.querySelectorAll('a, button, summary')].indexOf(active);
};

const replace = (part, fresh) => {
  const focused = focusIn(part);
  const open = new Set([...part.querySelectorAll('details[open][id]')].map(({ id }) => id));
  for (const details of fresh.querySelectorAll('details[id]')) if (open.has(details.id)) details.open = true;
  part.replaceWith(fresh);
  if (focused >= 0) fresh.querySelectorAll('a, button, summary')[focused]?.focus({ preventScroll: true });
};

const refresh = async () => {
  const answer = await fetch(location.href, { headers: { accept: 'text/html' }, signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const part of document.querySelectorAll('[data-live][id]')) {
    const next = fresh.getElementById(part.id);
    if (next && !next.isEqualNode(part) && !isInUse(part)) replace(part, document.adoptNode(next));
  }
  document.title = fresh.title;
};

const turn = async () => {
  if (!document.hidden) {
    try {
      await refresh();
      failures = 0;
    } catch {
      failures += 1;
    }
    if (lost) lost.hidden = failures < 2;
  }
  setTimeout(turn, Math.min(refreshMs * 2 ** Math.min(failures, 4), 5_000));
};

if (refreshMs > 0) {
  setTimeout(turn, refreshMs);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) refresh().catch(() => undefined);
  });
}
