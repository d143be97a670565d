// Action identifiers and families, and which lies within which (draft, "Mission Authority" and rule 2 of "Subset Rule").
// Refuses partial-segment matches (`invoices.*` is not `invoicesx.read`), a bare `*`, and the family name itself as a member of the family.

const ACTION = /^[A-Za-z0-9_.:-]+(?:\.\*)?$/;
const LITERAL = /^[A-Za-z0-9_.:-]+$/;

/** Whether the text is an action identifier or a family. */
export function isAction(text: string): boolean {
  return typeof text === 'string' && ACTION.test(text);
}

/** Whether the text names exactly one action. */
export function isActionLiteral(text: string): boolean {
  return typeof text === 'string' && LITERAL.test(text);
}

/** For a family `x.*` the stem `x.`, which every member begins with; undefined for a single action. */
export function familyStem(action: string): string | undefined {
  return action.endsWith('.*') ? action.slice(0, -1) : undefined;
}

/** Whether the name extends a family's stem: `git.push` is in `git.`, and so is the name of the family `git.x.*`; `git.` itself is not. */
export function isInFamily(name: string, stem: string): boolean {
  return name.length > stem.length && name.startsWith(stem);
}

/** Whether a well-formed identifier or family names the action, which is one identifier. */
export function namesAction(named: string, action: string): boolean {
  if (named === action) return true;
  const stemLength = named.length - 1;
  // The dot before the rest tells most others apart, at no cost.
  if (action[stemLength - 1] !== '.') return false;
  const stem = familyStem(named);
  return stem !== undefined && isInFamily(action, stem);
}

/** Whether everything `inner` names, `outer` names. Malformed names are within nothing and hold nothing. */
export function actionWithin(inner: string, outer: string): boolean {
  if (!isAction(inner) || !isAction(outer)) return false;
  if (inner === outer) return true;
  const outerStem = familyStem(outer);
  // `x.*` without its `.*` is the family's own name, which must extend the outer one.
  return outerStem !== undefined && isInFamily(familyStem(inner)?.slice(0, -1) ?? inner, outerStem);
}
