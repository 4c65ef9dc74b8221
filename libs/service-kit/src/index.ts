/** # service-kit */
export {};
