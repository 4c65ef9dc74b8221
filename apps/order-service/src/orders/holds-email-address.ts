/** Whether an e-mail address stands in a text. */
export const holdsEmailAddress = (text: string): boolean => text.includes('@') && /[^\s@]+@[^\s@]+\.[^\s@]+/.test(text);
