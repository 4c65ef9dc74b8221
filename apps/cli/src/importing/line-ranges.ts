/** Line numbers as a person writes them: `1-8,12`. */
export function lineRanges(lines: readonly number[]): string {
  const ranges: string[] = [];
  for (let first = 0; first < lines.length;) {
    let last = first;
    while (lines[last + 1] === lines[last]! + 1) last++;
    ranges.push(first === last ? `${lines[first]}` : `${lines[first]}-${lines[last]}`);
    first = last + 1;
  }
  return ranges.join(',');
}
