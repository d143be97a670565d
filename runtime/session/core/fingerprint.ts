/** What of an error is the same the next time: its words without numbers, addresses, times, places and quoted values. Pure. */

const volatile: readonly (readonly [RegExp, string])[] = [
  [/\x1b\[[0-9;]*m/g, ''],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, 'TIME'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, 'ID'],
  [/\b0x[0-9a-f]+\b/gi, 'ADDRESS'],
  [/(?:file:\/\/)?(?:\/[\w.@+-]+){2,}\/([\w.@+-]+)/g, '$1'],
  [/:\d+(?::\d+)?\b/g, ''],
  [/\b[0-9a-f]{7,64}\b/gi, 'HASH'],
  [/\d+(?:\.\d+)?/g, 'N'],
  [/\s+/g, ' '],
];

const longest = 200;

/** The fingerprint of an error's text: its first line that says something. Empty for an empty one. */
export function fingerprint(text: string): string {
  const lines = text.slice(0, 20_000).split('\n');
  const line =
    lines.find((one) => /error|exception|fail|panic|expected|assert|cannot|not found|refused/i.test(one)) ??
    lines.find((one) => one.trim() !== '') ??
    '';
  return volatile
    .reduce((said, [what, instead]) => said.replace(what, instead), line.slice(0, 2_000))
    .trim()
    .toLowerCase()
    .slice(0, longest);
}
