/**
 * Whether bash computes with what a text was given by somebody else: a line that was read, what another program said. A variable in arithmetic is computed with itself, so that `a[$(…)]` in it runs a
 * command (`read x < f; echo $((x))`). Pure.
 *
 * It takes the output of programs that say numbers for numbers, and what the environment brought for somebody's own.
 */

import type { SyntaxNode } from 'unbash';

export type ComputedVariables = {
  /** One node of the text, with its own words. */
  readonly see: (node: SyntaxNode, text: string) => void;
  /** What computes with something that was given; null where nothing does. */
  readonly found: () => string | null;
};

const reading = /^(?:read|mapfile|readarray|getopts)$/;
/** Where they put what they were told no name for. */
const itsOwn = ['REPLY', 'MAPFILE', 'OPTARG'] as const;
const identifier = /[A-Za-z_]\w*/g;
/** What another program said; arithmetic by itself is a number. */
const outside = /\$\((?!\()|`/;
const arithmetic = /^"?\$\(\((?:[^$`]|\$\w)*\)\)"?$/;
/** The last of its programs says a number. */
const number = /(?:\$\(|`|\|)\s*(?:wc|date|nproc|stat|expr|id|seq|tput|grep\s+-[A-Za-z]*c)\b[^|;&]*$/;
const comparison = /\s-(?:eq|ne|lt|le|gt|ge|v)\s/;

/** Nothing was seen yet. */
export function computedVariables(): ComputedVariables {
  const given = new Set<string>();
  const assigned: (readonly [name: string, value: string])[] = [];
  const computed: string[] = [];
  const see = (node: SyntaxNode, text: string): void => {
    switch (node.type) {
      case 'Command': {
        const name = node.name?.value ?? '';
        if (reading.test(name))
          for (const one of [...itsOwn, ...node.args.map((argument) => argument.text)]) given.add(one);
        if (name === 'let' || (/^(?:declare|typeset|local)$/.test(name) && /\s-[A-Za-z]*i/.test(text)))
          computed.push(text);
        break;
      }
      case 'For':
      case 'Select':
        assigned.push([node.name.value, (node.wordlist ?? []).map((word) => word.text).join(' ')]);
        break;
      case 'Assignment':
        assigned.push([node.name, text.slice(text.indexOf('=') + 1)]);
        if (/^\w+\[/.test(text)) computed.push(text.slice(0, text.indexOf('=')));
        break;
      case 'ArithmeticExpansion':
      case 'ArithmeticCommand':
      case 'ArithmeticFor':
        computed.push(text);
        break;
      case 'TestCommand':
        if (comparison.test(text)) computed.push(text);
        break;
      case 'ParameterExpansion':
        if (/^\$\{!?\w+(?:\[(?![@*]\])|:[^-=?+])/.test(text)) computed.push(text);
        break;
      default: // holds nothing that is computed, but for what stands in it
    }
  };
  return {
    see,
    found() {
      if (computed.length === 0) return null;
      const values = assigned.filter(([, value]) => !arithmetic.test(value));
      for (const [name, value] of values)
        if (outside.test(value) && !number.test(value.replace(/["')`\s]+$/, ''))) given.add(name);
      const mentions = (text: string): boolean => (text.match(identifier) ?? []).some((name) => given.has(name));
      // What is taken from one of them is one, and no variable is taken from itself more often than there are.
      for (let known = -1; known !== given.size;) {
        known = given.size;
        for (const [name, value] of values) if (mentions(value)) given.add(name);
      }
      return computed.find(mentions) ?? null;
    },
  };
}
