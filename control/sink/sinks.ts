/**
 * Where effects of a project may go: names with addresses that a person gave. An operation that names one is bound to its address, so that whoever
 * carries it out cannot choose another.
 *
 * It refuses an address with a credential in it, because the journal keeps no secret, and anybody but a person who may approve in the project.
 */

import type { Asked } from '../commit.ts';
import { nameOf } from '../caller.ts';
import type { Caller } from '../caller.ts';
import type { Core } from '../core.ts';
import { mayNotIn, rightsOf, seesProject } from '../identity/rights.ts';
import type { Outcome, Refused } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { sinkStream } from '../streams.ts';
import type { NamedSink } from './events.ts';
import type { SinkKind } from './sink-kind.ts';

export type SinkAsked = {
  readonly project: string;
  readonly name: string;
  readonly url: string;
  readonly kind: SinkKind;
};

export interface Sinks {
  nameSink(sink: SinkAsked, asked: Asked): Promise<Outcome<NamedSink>>;
  forgetSink(sink: Pick<SinkAsked, 'project' | 'name'>, asked: Asked): Promise<Outcome<NamedSink>>;
  /** The sinks of a project, by name; a project that is not shown to the caller has none. */
  sinksOf(project: string, by: Caller): readonly NamedSink[];
}

/** The commands, over `core`. */
export function createSinks(core: Core): Sinks {
  const { projection, commit } = core;
  const mayNotName = (project: string, { by }: Asked): Refused | undefined => {
    if (!seesProject(core, by, project) || !projection.projects.has(project))
      return refuse({ code: 'not_found', what: 'project', id: project });
    if (by.kind !== 'person') return refuse({ code: 'not_an_approver', attempted: 'say where effects may go' });
    return mayNotIn(core, by, 'name_sink', project);
  };
  const write = (project: string, name: string) => ({ stream: sinkStream(project, name), project, lineage: {} });

  return {
    nameSink: (sink, asked) =>
      commit(asked.by, () => {
        const refused = mayNotName(sink.project, asked) ?? whyNoAddress(sink.url);
        if (refused !== undefined) return refused;
        const known = sinkNamed(core, sink.project, sink.name);
        if (known !== undefined && known.url === sink.url && known.kind === sink.kind)
          return done({ writes: [], reliedOn: [], value: known });
        const { project, name, url, kind } = sink;
        const named: NamedSink = { project, name, url, kind, by: nameOf(asked.by) };
        return done({
          writes: [{ ...write(project, name), events: [{ type: 'sink.named', data: { at: core.now(), ...named } }] }],
          reliedOn: rightsOf(asked.by),
          value: named,
        });
      }),
    forgetSink: ({ project, name }, asked) =>
      commit(asked.by, () => {
        const refused = mayNotName(project, asked);
        if (refused !== undefined) return refused;
        const known = sinkNamed(core, project, name);
        if (known === undefined) return refuse({ code: 'not_found', what: 'sink', id: name });
        const data = { at: core.now(), project, name, by: nameOf(asked.by) };
        return done({
          writes: [{ ...write(project, name), events: [{ type: 'sink.forgotten', data }] }],
          reliedOn: rightsOf(asked.by),
          value: known,
        });
      }),
    sinksOf: (project, by) =>
      seesProject(core, by, project)
        ? [...projection.sinks.values()]
            .filter((sink) => sink.project === project)
            .sort((a, b) => (a.name < b.name ? -1 : 1))
        : [],
  };
}

/** The sink of this name in a project, if a person gave one. */
export const sinkNamed = (
  { projection }: Pick<Core, 'projection'>,
  project: string,
  name: string,
): NamedSink | undefined => projection.sinks.get(sinkStream(project, name));

/** INVARIANT: the sentence never repeats the address: it may hold the very password it is refused for. */
function whyNoAddress(url: string): Refused | undefined {
  const no = (sentence: string, wayOut: string | null): Refused =>
    refuse({ code: 'malformed_request', sentence, wayOut });
  if (!/^[a-z][a-z0-9+.-]*:\/\/[\x21-\x7e]+$/i.test(url) || !URL.canParse(url))
    return no('the address is not an absolute URL', 'such as `https://git.example/app.git` or `file:///srv/app.git`');
  const { username, password } = new URL(url);
  return username === '' && password === ''
    ? undefined
    : no('the address holds a user name or password', 'leave them out, and keep them in a credential helper of Git');
}
