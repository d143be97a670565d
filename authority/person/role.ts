/**
 * What people may do: one table of acts by role, read by control, the routes, the command and the docs. Nobody re-types a rule of it.
 *
 * It refuses whatever it does not name, and knows nothing of agents: what an agent may do is its mandate's to say, and none of these acts is
 * ever an agent's. Anyone who may see a mandate may stop it; only its approvers bring it back or widen it.
 */

/** From the least to the most; each may do whatever the ones before it may. */
export const roles = ['viewer', 'operator', 'approver', 'admin'] as const;
export type Role = (typeof roles)[number];

/** The project name under which a role counts in every project, and for the installation itself. */
export const everyProject = '*';

/** A person's role by project, or by `everyProject`. */
export type Grants = Readonly<Record<string, Role>>;

export type ActRule = {
  readonly least: Role;
  /** `everywhere`: needs the role in every project, because it concerns them all. */
  readonly where: 'project' | 'everywhere';
  /** Where the mandate names its approvers, only they may. */
  readonly namedOnly: boolean;
  readonly words: string;
};

const row = (least: Role, words: string, more: Partial<ActRule> = {}): ActRule => ({
  least,
  where: 'project',
  namedOnly: false,
  words,
  ...more,
});

export const acts = {
  read: row('viewer', 'read mandates, receipts, operations and the record'),
  stop: row('viewer', 'suspend or revoke a mandate, or all of them'),
  propose: row('operator', 'propose a mandate or an extension, or revise a proposal'),
  run: row('operator', 'start agents under an approved mandate'),
  narrow: row('operator', 'allow less: narrow, shorten, lower'),
  complete: row('operator', 'accept the work and close its mandate'),
  report: row('operator', 'report a signal'),
  account: row('operator', 'say how something ended of which nobody knows it'),
  refuse: row('approver', 'refuse a proposal or a held action'),
  approve: row('approver', 'approve a proposal', { namedOnly: true }),
  approve_action: row('approver', 'say yes to a held action', { namedOnly: true }),
  reinstate: row('approver', 'end a suspension', { namedOnly: true }),
  extend: row('approver', 'extend, top up or widen a mandate', { namedOnly: true }),
  name_sink: row('approver', 'say where pushes and other effects may go'),
  create_project: row('admin', 'create a project', { where: 'everywhere' }),
  administer_people: row('admin', 'add and remove people, and give them roles', { where: 'everywhere' }),
  verify: row('viewer', 'read about the installation itself: verify its journal, list its keys', {
    where: 'everywhere',
  }),
  administer_sources: row('admin', 'add and remove sources of signals', { where: 'everywhere' }),
  adopt_policy: row('admin', 'adopt a policy', { where: 'everywhere' }),
  erase: row('admin', 'erase data from the journals', { where: 'everywhere' }),
  administer_keys: row('admin', 'rotate and retire keys', { where: 'everywhere' }),
} as const satisfies Record<string, ActRule>;

export type Act = keyof typeof acts;

/** The role of `grants` in `project`: the greater of the one there and the one everywhere. Undefined: nothing of it is to be seen. */
export function roleIn(grants: Grants, project: string): Role | undefined {
  const held = [project, everyProject].flatMap((name) => (Object.hasOwn(grants, name) ? (grants[name] ?? []) : []));
  return held.reduce<Role | undefined>(
    (most, role) => (most === undefined || isAtLeast(role, most) ? role : most),
    undefined,
  );
}

export const isAtLeast = (role: Role, least: Role): boolean => roles.indexOf(role) >= roles.indexOf(least);

export type Right =
  | { readonly may: true }
  /** Needs a role the person does not have there. */
  | { readonly may: false; readonly because: 'role'; readonly needs: Role }
  /** The mandate names its approvers, and the person is none of them. */
  | { readonly may: false; readonly because: 'not_named' };

/** What an act is about. `approvers`: the names a mandate has; empty where every approver of the project is one. */
export type About = { readonly project: string; readonly approvers: readonly string[] };

/** Whether the person of this name and these roles may do `act`. */
export function mayAct(
  act: Act,
  person: { readonly name: string; readonly grants: Grants },
  { project, approvers }: About,
): Right {
  const rule: ActRule = acts[act];
  const role = roleIn(person.grants, rule.where === 'everywhere' ? everyProject : project);
  if (role === undefined || !isAtLeast(role, rule.least)) return { may: false, because: 'role', needs: rule.least };
  if (rule.namedOnly && approvers.length > 0 && !approvers.includes(person.name))
    return { may: false, because: 'not_named' };
  return { may: true };
}
