/**
 * Asks once for all that is asked for within one turn of the event loop. Nothing is remembered: each question is put after
 * it was asked, so that no answer is older than its question.
 */
export class AskedTogether<Answer> {
  #next: { keys: Set<string>; answers: Promise<Map<string, Answer>> } | undefined;

  constructor(private readonly askAll: (keys: string[]) => Promise<Map<string, Answer>>) {}

  /** @returns undefined where the question has no answer */
  async ask(key: string): Promise<Answer | undefined> {
    this.#next ??= this.#begin();
    this.#next.keys.add(key);
    return (await this.#next.answers).get(key);
  }

  #begin(): { keys: Set<string>; answers: Promise<Map<string, Answer>> } {
    const keys = new Set<string>();
    const answers = new Promise((soon) => setImmediate(soon)).then(() => {
      this.#next = undefined;
      return this.askAll([...keys]);
    });
    return { keys, answers };
  }
}
