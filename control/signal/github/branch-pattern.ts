/**
 * Patterns of branch names as GitHub's rules write them: `*` and `?` within one segment of a name, `**` for any number of segments.
 *
 * In time of the product of the lengths, whatever the pattern. It refuses (matches nothing with) brackets, braces and escapes, which it does not read.
 */

/** Whether the pattern is one that is read here. */
export const isReadable = (pattern: string): boolean => !/[[\]{}\\]/.test(pattern);

/** Whether the text can name more than one branch. */
export const isPattern = (text: string): boolean => /[*?[\]{}\\]/.test(text);

/** Whether `pattern` names the branch `name`. */
export function matchesBranch(pattern: string, name: string): boolean {
  if (!isReadable(pattern)) return false;
  return matches(pattern.split('/'), name.split('/'), {
    takesMany: (step) => step === '**',
    takesOne: (step, segment) => step === '**' || matchesSegment(step, segment),
  });
}

const matchesSegment = (pattern: string, segment: string): boolean =>
  matches(Array.from(pattern), Array.from(segment), {
    takesMany: (step) => step === '*',
    takesOne: (step, character) => step === '*' || step === '?' || step === character,
  });

type Steps = {
  /** Whether the step may take nothing, and go on taking. */
  readonly takesMany: (step: string) => boolean;
  readonly takesOne: (step: string, part: string) => boolean;
};

/** Whether the steps, one after the other, take all the parts. Follows every way at once, so that none is tried twice. */
function matches(steps: readonly string[], parts: readonly string[], { takesMany, takesOne }: Steps): boolean {
  const skipping = (reached: boolean[]): boolean[] => {
    for (const [index, step] of steps.entries())
      if (reached[index] === true && takesMany(step)) reached[index + 1] = true;
    return reached;
  };
  let reached = skipping([true, ...steps.map(() => false)]);
  for (const part of parts)
    reached = skipping([
      false,
      ...steps.map(
        (step, index) =>
          takesOne(step, part) && (reached[index] === true || (reached[index + 1] === true && takesMany(step))),
      ),
    ]);
  return reached.at(-1) === true;
}
