/** # kafka */
export {};
