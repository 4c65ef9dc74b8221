/** # order-contract */
export {};
