/**
 * Whether a caller has what would be answered (RFC 9110, 13.1.2): one of the tags in If-None-Match is the answer's,
 * weak or strong, or it is `*`. What is no list of tags names none: the answer is then sent whole.
 * @param etag of the answer, in its quotes; undefined: no tag is good for it
 */
export function hasKeptCopy(ifNoneMatch: string | undefined, etag: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return [...ifNoneMatch.matchAll(/"[^"]*"/g)].some(([tag]) => tag === etag);
}
