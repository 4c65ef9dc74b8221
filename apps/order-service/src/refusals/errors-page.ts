import { problemType } from '@orderlog/service-kit';
import { refusals, serviceRefusals, type Answer } from './refusals.js';

/** docs/errors.md, whole: a test compares it with the file, so that the page is what the code does. */
export function errorsPage(): string {
  const { 'invalid-command': _asInvalidRequest, ...ofTheRules } = refusals;
  const all: Record<string, Answer> = { ...ofTheRules, ...serviceRefusals };
  const rows = Object.entries(all)
    .sort(([code, { status }], [otherCode, other]) => status - other.status || (code < otherCode ? -1 : 1))
    .map(([code, answer]) => `| ${answer.status} | \`${code}\` | ${answer.title} | ${answer.then}${attempt(answer)} |`);
  return `# Errors of order-service

<!-- Made from apps/order-service/src/refusals/refusals.ts: \`UPDATE_DOCS=1 npm run jest -- refusals\`. -->

Every refusal is \`application/problem+json\` (RFC 9457). Its \`type\` is \`${problemType('<code>')}\` and never changes;
\`title\` is the same for every occurrence, \`detail\` says what to do next, and what the refusal knows (\`owed\`,
\`refundable\`, \`currentVersion\` …) stands beside them, in minor units with their \`currency\`. \`correlationId\` finds
the request in the logs of every app.

| status | code | what it means | what the caller does next |
|---|---|---|---|
${rows.join('\n')}
| 400, 413, 414, 415 | \`invalid-request\`, \`body-too-large\`, \`http-414\`, \`unsupported-media-type\` | The request cannot be read. | \`errors\` and \`detail\` say how it is sent. |
| 404 | \`no-such-route\` | There is nothing at this address. | Look at /docs. |
| 405 | \`method-not-allowed\` | This address is not called with that method. | \`Allow\` says with which. |
| 500 | \`internal-error\` | Something is wrong on our side. | Send it again with the same Idempotency-Key; tell us the correlation id. |
| 503 | \`draining\` | The process is leaving. | Send it again; another one answers. |

With an \`Idempotency-Key\`, answers with 2xx and 422 by a rule are kept for 7 days and given again
(\`Idempotency-Replayed: true\`). A lost race, 412 and 503 are not: the same key tries again.
`;
}

const attempt = (answer: Answer): string => (answer.attempt ? ' Recorded for the audit.' : '');
