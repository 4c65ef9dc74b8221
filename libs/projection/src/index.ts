/** # projection */
export {};
