import { describe, expect, it } from '@jest/globals';
import { AskedTogether } from './asked-together.js';

describe('what is asked together', () => {
  const counting = () => {
    const asked: string[][] = [];
    const together = new AskedTogether(async (keys: string[]) => {
      asked.push(keys);
      return new Map(keys.filter((key) => key !== 'nobody').map((key) => [key, `${key} ${asked.length}`]));
    });
    return { asked, together };
  };

  it('is one question, and each gets its own answer', async () => {
    const { asked, together } = counting();
    const answers = ['a', 'b', 'a', 'nobody'].map((key) => together.ask(key));
    expect(await Promise.all(answers)).toEqual(['a 1', 'b 1', 'a 1', undefined]);
    expect(asked).toEqual([['a', 'b', 'nobody']]);
  });

  it('is asked anew the next time', async () => {
    const { together } = counting();
    expect(await together.ask('a')).toBe('a 1');
    expect(await together.ask('a')).toBe('a 2');
  });

  it('fails for those who asked, and not for the next', async () => {
    let away = true;
    const together = new AskedTogether((keys: string[]) =>
      away ? Promise.reject(new Error('away')) : Promise.resolve(new Map(keys.map((key) => [key, key]))),
    );
    const failed = await Promise.allSettled([together.ask('a'), together.ask('b')]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    away = false;
    expect(await together.ask('a')).toBe('a');
  });
});
