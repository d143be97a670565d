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

/** Whether everything `inner` names, `outer` names. Malformed names are within nothing and hold nothing. */
export function actionWithin(inner: string, outer: string): boolean {
  if (!isAction(inner) || !isAction(outer)) return false;
  if (inner === outer) return true;
  const outerStem = familyStem(outer);
  if (outerStem === undefined) return false;
  // A family within a family: its own name must extend the outer name, and `x.*` without its `.*` is that name.
  const name = familyStem(inner) === undefined ? inner : inner.slice(0, -2);
  return name.length > outerStem.length && name.startsWith(outerStem);
}
