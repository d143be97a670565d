/** JSON as harnesses let people write it: with comments, and with a comma after the last of a list. Pure. */

/** The value; throws where it is none even so. */
export function parseJsonWithComments(text: string): unknown {
  const plain = text.replace(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (_, string?: string) => string ?? '');
  return JSON.parse(
    plain.replace(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g, (_, string?: string) => string ?? ''),
  ) as unknown;
}
