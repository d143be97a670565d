/**
 * The ESLint rule: a cast (`x as T`) or a `!` carries its reason, as a comment on its line or the line above.
 * `as const` needs none, and neither does a cast to `unknown`, which claims nothing.
 */

const claimsNothing = (annotation) =>
  annotation.type === 'TSUnknownKeyword' ||
  (annotation.type === 'TSTypeReference' && annotation.typeName.name === 'const');

export const reasonedCast = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { missing: 'a cast or `!` says why it holds: add a comment on this line or the one above' },
  },
  create(context) {
    const commented = new Set();
    for (const comment of context.sourceCode.getAllComments()) {
      for (let line = comment.loc.start.line; line <= comment.loc.end.line; line += 1) commented.add(line);
    }
    /** A statement may be long: a reason above its first line counts for the casts inside. */
    const statementLine = (node) => {
      let at = node;
      while (at.parent && !at.type.endsWith('Statement') && !at.type.endsWith('Declaration')) at = at.parent;
      return at.loc.start.line;
    };
    const check = (node) => {
      const last = node.loc.end.line;
      const lines = [last, node.loc.start.line, node.loc.start.line - 1, statementLine(node) - 1];
      if (!lines.some((line) => commented.has(line))) context.report({ node, messageId: 'missing' });
    };
    return {
      TSNonNullExpression: check,
      TSAsExpression(node) {
        if (!claimsNothing(node.typeAnnotation)) check(node);
      },
      TSTypeAssertion: check,
    };
  },
};
