/**
 * Of a row of `audit.attempts`: the currency of the order that has the ID, which need not be the attempt's. Null where its
 * details do not say, or are no JSON that can be asked: they came in a message.
 */
export const existingCurrency = `case when pg_input_is_valid(details::text, 'jsonb') then details -> 'existing' ->> 'currency' end`;
