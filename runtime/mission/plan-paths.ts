/**
 * Whether two sets of path globs can name the same file. Answers yes when it cannot tell: two tasks that might write one path do not run side
 * by side. A glob here knows `**`, `*` and `?`; anything else is literal. A task that declares nothing may write anything.
 */

/** Whether a path written under `a` can also be written under `b`. */
export function mayOverlap(a: readonly string[], b: readonly string[]): boolean {
  if (a.length === 0 || b.length === 0) return true;
  return a.some((left) => b.some((right) => segmentsMeet(split(left), split(right))));
}

const split = (glob: string): readonly string[] => {
  const parts = glob
    .replace(/^\.?\//, '')
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  // `src/` means everything below src.
  return glob.endsWith('/') ? [...parts, '**'] : parts;
};

function segmentsMeet(a: readonly string[], b: readonly string[]): boolean {
  const [headA, ...restA] = a;
  const [headB, ...restB] = b;
  if (headA === undefined || headB === undefined) {
    // What is left over must be able to be empty; a literal file and something below it are also one path to whoever replaces it.
    return headA === headB || [...a, ...b].every((part) => part === '**') || a.length === 0 || b.length === 0;
  }
  if (headA === '**') return segmentsMeet(restA, b) || segmentsMeet(a, restB);
  if (headB === '**') return segmentsMeet(a, restB) || segmentsMeet(restA, b);
  return wordsMeet(headA, headB) && segmentsMeet(restA, restB);
}

/** Whether some name matches both patterns. */
function wordsMeet(a: string, b: string): boolean {
  if (a === '' || b === '') return (a + b).replaceAll('*', '') === '';
  if (a[0] === '*') return wordsMeet(a.slice(1), b) || wordsMeet(a, b.slice(1));
  if (b[0] === '*') return wordsMeet(a, b.slice(1)) || wordsMeet(a.slice(1), b);
  return (a[0] === b[0] || a[0] === '?' || b[0] === '?') && wordsMeet(a.slice(1), b.slice(1));
}
