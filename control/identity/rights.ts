/**
 * What a caller may see and do, as things are now: people by their roles (the table is `authority/person/role.ts`), agents along their own
 * line of mandates, enforcement points everywhere.
 *
 * INVARIANT: what a caller may not see is answered exactly as what does not exist; so the question whether it is seen comes before every other.
 */

import type { Act, Grants, Mandate } from '@writ/authority';
import { acts, everyProject, mayAct, roleIn } from '@writ/authority';
import type { Envelope } from '@writ/journal';
import type { Caller, Itself, Person } from '../caller.ts';
import { planeProject } from '../commit.ts';
import { chainOf, current } from '../mandate/lineage.ts';
import type { MandateRecord } from '../mandate/mandate-record.ts';
import type { Projection } from '../projection.ts';
import type { Refused } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import { personStream } from '../streams.ts';
import type { PersonRecord } from './person.ts';
import { ownerName, theOwner } from './person.ts';

type State = { readonly projection: Pick<Projection, 'people' | 'mandates' | 'dependents'> };
type By = Caller | Itself;

/** The person of this name, unless there is none or they were removed. */
export function personNamed({ projection }: State, name: string): PersonRecord | undefined {
  const record = projection.people.get(name) ?? (name === ownerName ? theOwner : undefined);
  return record?.isRemoved === true ? undefined : record;
}

/** Whether anything of a project is to be seen by `by`; `planeProject` is the installation itself. */
export function seesProject(state: State, by: By, project: string): boolean {
  switch (by.kind) {
    case 'control':
    case 'point':
      return true;
    case 'person': {
      const grants = personNamed(state, by.name)?.grants ?? {};
      return roleIn(grants, project === planeProject ? everyProject : project) !== undefined;
    }
    case 'actor':
    case 'visitor':
    case 'source':
      return false;
  }
}

/** An agent sees its own mandate, what stands under it, what it stands under, and what it asked to have put in its place. */
export function seesMandate(state: State, by: By, id: string): boolean {
  const find = (name: string) => state.projection.mandates.get(name);
  const asked = find(id);
  if (asked === undefined) return false;
  if (by.kind !== 'actor') return seesProject(state, by, asked.mandate.project);
  const idsOf = (name: string): readonly string[] => {
    const leaf = current(find, name)?.mandate.id;
    return leaf === undefined ? [] : chainOf(find, leaf).map((mandate) => mandate.id);
  };
  const own = current(find, by.mandate)?.mandate.id;
  if (own === undefined) return false;
  const line = (name: string): boolean => {
    const answering = current(find, name)?.mandate.id ?? name;
    return idsOf(own).includes(answering) || idsOf(answering).includes(own);
  };
  return line(id) || (asked.mandate.state.name !== 'active' && asked.predecessor !== null && line(asked.predecessor));
}

/** Whether an event is for `by` to read. What belongs to the installation is for those with a role everywhere. */
function seesEvent(state: State, by: By, { project }: Pick<Envelope, 'project'>): boolean {
  return by.kind !== 'actor' && seesProject(state, by, project);
}

/** A fact is seen by whoever has a role everywhere, or sees a live mandate that depends on it. */
function seesSubject(state: State, by: By, subject: string): boolean {
  if (seesProject(state, by, planeProject)) return true;
  return [...(state.projection.dependents.get(subject) ?? [])].some((id) => seesMandate(state, by, id));
}

/** What each caller is shown, by kind of thing. */
export type Sight = {
  readonly project: (by: Caller, project: string) => boolean;
  readonly mandate: (by: Caller, id: string) => boolean;
  readonly event: (by: Caller, envelope: Pick<Envelope, 'project'>) => boolean;
  readonly subject: (by: Caller, subject: string) => boolean;
  /** The names of the people who may do `act` to a mandate. */
  readonly whoMay: (act: Act, mandate: Pick<Mandate, 'project' | 'approvers'>) => readonly string[];
  readonly rolesOf: (name: string) => Grants;
  /** Why somebody may not do what concerns the whole installation, if they may not. */
  readonly mayNotEverywhere: (by: Caller, act: Act) => Refused | undefined;
};

/** The sight over `state`, as it is at each call. */
export const sightOf = (state: State): Sight => ({
  project: (by, project) => seesProject(state, by, project),
  mandate: (by, id) => seesMandate(state, by, id),
  event: (by, envelope) => seesEvent(state, by, envelope),
  subject: (by, subject) => seesSubject(state, by, subject),
  whoMay: (act, mandate) => whoMay(state, act, mandate),
  rolesOf: (name) => personNamed(state, name)?.grants ?? {},
  mayNotEverywhere: (by, act) => mayNotIn(state, by, act, everyProject),
});

/**
 * Why `by` may not do `act` to a mandate, if they may not: not found where they do not see it. Agents and points are judged by what they are,
 * where the act is decided.
 */
export function mayNot(state: State, by: By, act: Act, { mandate }: MandateRecord): Refused | undefined {
  if (!seesMandate(state, by, mandate.id)) return refuse({ code: 'not_found', what: 'mandate', id: mandate.id });
  return by.kind === 'person' ? lacks(state, by, act, mandate) : undefined;
}

/** Why a person may not do `act` in a project, or everywhere, if they may not. */
export function mayNotIn(state: State, by: By, act: Act, project: string): Refused | undefined {
  return by.kind === 'person' ? lacks(state, by, act, { project, approvers: [] }) : undefined;
}

/** Who may report on a subject: an operator of every project with a live mandate that depends on it, or of all projects. */
export function mayNotReport(state: State, by: By, subject: string): Refused | undefined {
  const everywhere = mayNotIn(state, by, 'report', everyProject);
  if (everywhere === undefined) return undefined;
  const dependents = [...(state.projection.dependents.get(subject) ?? [])].flatMap(
    (id) => state.projection.mandates.get(id) ?? [],
  );
  const isTheirs =
    dependents.length > 0 &&
    dependents.every(({ mandate }) => mayNotIn(state, by, 'report', mandate.project) === undefined);
  return isTheirs ? undefined : everywhere;
}

/** The streams a right rests on, for the read set of an append. */
export const rightsOf = (by: By): readonly string[] => (by.kind === 'person' ? [personStream(by.name)] : []);

function lacks(
  state: State,
  by: Person,
  act: Act,
  about: Pick<Mandate, 'project' | 'approvers'> & { readonly id?: string },
): Refused | undefined {
  const grants = personNamed(state, by.name)?.grants ?? {};
  const right = mayAct(act, { name: by.name, grants }, about);
  if (right.may) return undefined;
  const { words, where } = acts[act];
  const whose = where === 'everywhere' ? 'every project' : `\`${about.project}\``;
  return refuse({
    code: 'not_allowed',
    sentence:
      right.because === 'role'
        ? `\`${by.name}\` may not ${words}: that takes the role ${right.needs} in ${whose}`
        : `\`${by.name}\` may not ${words}: \`${about.id ?? ''}\` names who may`,
    wayOut: `ask ${whoMay(state, act, about).join(', ') || 'an admin to give somebody the role'}`,
  });
}

/** The people who may do `act`, by name. */
function whoMay(state: State, act: Act, about: Pick<Mandate, 'project' | 'approvers'>): readonly string[] {
  const names = new Set([ownerName, ...state.projection.people.keys()]);
  return [...names].filter((name) => {
    const person = personNamed(state, name);
    return person !== undefined && mayAct(act, person, about).may;
  });
}
