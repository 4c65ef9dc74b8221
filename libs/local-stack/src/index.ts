/** # local-stack */
export {};
