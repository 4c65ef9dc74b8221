/** The addresses that a service has: what is to be said where a request fits one of them almost. */
export class KnownRoutes {
  readonly #routes: { methods: string[]; address: RegExp }[] = [];

  /** @param url a template, as `/orders/:orderId/events` */
  add(method: string | string[], url: string): void {
    if (url.includes('*')) return; // files of the documentation: nothing is almost one of them
    const address = new RegExp(`^${url.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/:(\w+)/g, '(?<$1>[^/]+)')}/?$`);
    this.#routes.push({ methods: [method].flat(), address });
  }

  /** With which methods there is something at a path, or would be without a slash at its end; none: no such address. */
  methodsAt(path: string): string[] {
    const there = this.#routes.filter(({ address }) => address.test(path));
    return [...new Set(there.flatMap(({ methods }) => methods))].sort();
  }

  /** Names of the parameters that stand in a path in a form that cannot be decoded. */
  undecodableIn(path: string): string[] {
    const groups = this.#routes.map(({ address }) => address.exec(path)?.groups).find(Boolean) ?? {};
    return Object.keys(groups).filter((name) => !isDecodable(groups[name] ?? ''));
  }
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
