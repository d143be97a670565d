/** Numbers of steps as a person can carry them: `0-84,97,255-859`. */

/** `steps` in order, runs of neighbours as their ends. */
export function toRanges(steps: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const step of steps.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && step <= last[1] + 1) last[1] = step;
    else ranges.push([step, step]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${String(from)}-${String(to)}`)).join(',');
}

/** The steps that `toRanges` wrote, or a list of single ones. Throws where a part is neither. */
export function fromRanges(text: string): readonly number[] {
  return text.split(',').flatMap((part) => {
    const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? [];
    if (from === undefined) throw new Error(`\`${part}\` is neither a step nor a range of steps such as \`0-84\``);
    return Array.from({ length: Math.max(0, Number(to) - Number(from) + 1) }, (_, nth) => Number(from) + nth);
  });
}
