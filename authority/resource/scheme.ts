// The schemes a resource can have, and what each allows in its path. Data only.
// Refuses by omission: a scheme that is not in this table names nothing we can judge.

export type SchemeRule =
  | { readonly kind: 'network'; readonly defaultPort: string }
  /** `paths`: segments are file or ref names, so nothing may decode into another path. `opaque`: segments are names and never decoded. */
  | { readonly kind: 'local'; readonly segments: 'paths' | 'opaque' };

const rules = {
  https: { kind: 'network', defaultPort: '443' },
  http: { kind: 'network', defaultPort: '80' },
  workspace: { kind: 'local', segments: 'paths' },
  git: { kind: 'local', segments: 'paths' },
  shell: { kind: 'local', segments: 'opaque' },
  mcp: { kind: 'local', segments: 'opaque' },
  agent: { kind: 'local', segments: 'opaque' },
  package: { kind: 'local', segments: 'opaque' },
  secret: { kind: 'local', segments: 'opaque' },
  mission: { kind: 'local', segments: 'opaque' },
} as const satisfies Record<string, SchemeRule>;

export type Scheme = keyof typeof rules;

const byName: ReadonlyMap<string, SchemeRule> = new Map(Object.entries(rules));

/** The rule of a scheme in lower case, or undefined for one we do not govern. */
export function schemeRule(name: string): SchemeRule | undefined {
  return byName.get(name);
}

/** Names of all governed schemes, for messages. */
export const schemeNames: readonly string[] = [...byName.keys()];

/** Whether what a resource in normal form stands for is what a server offers, which can become more from one moment to the next. */
export const isCatalogue = (uri: string): boolean => uri.startsWith('mcp://');
