/** What people do with agents: look at what a repository's commit describes, and accept exactly those bytes. Nothing that came with a clone counts before. */

import type { Result } from '../refusal.ts';
import { accept, refuse, reject } from '../refusal.ts';
import type { AcceptedAgent } from '../agent/accepted/accepted-agent.ts';
import { acceptedId } from '../agent/accepted/accepted-agent.ts';
import type { AgentDefinition } from '../agent/definition/agent-file.ts';
import { parseAgent } from '../agent/definition/agent-file.ts';
import type { AgentFile } from '../agent/definition/find-agents.ts';
import { agentFiles } from '../agent/definition/find-agents.ts';
import { openRepository } from '../workspace/repository.ts';
import type { House, Who } from './house.ts';
import { byWho } from './house.ts';

export type AgentView = Pick<AgentFile, 'path' | 'format' | 'hash'> &
  Pick<AgentDefinition, 'name' | 'description' | 'driver' | 'model' | 'asked' | 'withheld'> & {
    readonly project: string;
    readonly commit: string;
    readonly standing: 'accepted' | 'changed' | 'new';
    readonly acceptedHash: string | null;
    readonly run: readonly string[];
  };

export type AgentDetail = AgentView & {
  readonly prompt: string;
  readonly source: string;
  readonly acceptances: readonly {
    readonly hash: string;
    readonly commit: string;
    readonly path: string;
    readonly by: string;
    readonly at: string;
  }[];
};

/** Where agents are looked for: the newest commit of a person's repository, for a project. */
export type AgentPlace = { readonly project: string; readonly repository: string };

export interface AgentCommands {
  list(place: AgentPlace): Promise<
    Result<{
      readonly items: readonly AgentView[];
      readonly unread: readonly { readonly path: string; readonly why: string }[];
    }>
  >;
  get(name: string, place: AgentPlace): Promise<Result<AgentDetail>>;
  /** `hash`: of what the person was shown. */
  accept(name: string, place: AgentPlace & { readonly hash: string }, who: Who): Promise<Result<AgentView>>;
}

type Found = { readonly file: AgentFile; readonly definition: AgentDefinition; readonly commit: string };

/** The agent commands of `house`. */
export function agentCommands({ records }: Pick<House, 'records'>): AgentCommands {
  const { agents, journal } = records;
  const view = (project: string, found: Found): AgentView =>
    viewOf(project, found, agents.get(acceptedId(project, found.definition.name)));
  return {
    async list({ project, repository }) {
      const read = await readAll(repository);
      if (!read.ok) return read;
      return accept({ items: read.value.found.map((one) => view(project, one)), unread: read.value.unread });
    },
    async get(name, { project, repository }) {
      const found = await readOne(repository, name);
      if (!found.ok) return found;
      const id = acceptedId(project, name);
      const events = await journal.read(agents.streamOf(id), { after: 0, limit: 1_000 });
      const acceptances = (agents.get(id)?.accepted ?? []).map(({ hash, commit, path, at: version }) => {
        const event = events.find((one) => one.version === version);
        return { hash, commit, path, by: event?.actor ?? 'unknown', at: event?.at ?? '' };
      });
      const { definition, file } = found.value;
      return accept({ ...view(project, found.value), prompt: definition.prompt, source: file.source, acceptances });
    },
    async accept(name, { project, repository, hash }, who) {
      const found = await readOne(repository, name);
      if (!found.ok) return found;
      const { file, commit, definition } = found.value;
      if (file.hash !== hash)
        return reject(
          refuse(
            'conflict',
            `the agent \`${name}\` is ${file.hash} at ${commit.slice(0, 10)} now, and you were shown ${hash}`,
            `look at it again: \`writ agent show ${name}\``,
          ),
        );
      const id = acceptedId(project, definition.name);
      const { format, path, source } = file;
      const event = {
        type: 'agent.accepted' as const,
        data: { project, name: definition.name, hash, format, path, commit, source },
      };
      const known = agents.get(id);
      // Accepted already, and the newest: said twice it is said once.
      if (known === undefined) await agents.create(id, [event], project, byWho(who));
      else if (known.accepted.at(-1)?.hash !== hash) {
        const recorded = await agents.record(id, [event], byWho(who));
        if (!recorded.ok) return recorded;
      }
      return accept(view(project, found.value));
    },
  };
}

function viewOf(project: string, { file, definition, commit }: Found, known: AcceptedAgent | undefined): AgentView {
  const { name, description, driver, model, asked, withheld, argv } = definition;
  const acceptedHash = known?.accepted.at(-1)?.hash ?? null;
  return {
    ...{ name, project, description, format: file.format, path: file.path, hash: file.hash, commit },
    standing: acceptedHash === null ? 'new' : acceptedHash === file.hash ? 'accepted' : 'changed',
    ...{ acceptedHash, driver, model, run: argv, asked, withheld },
  };
}

type Read = {
  readonly found: readonly Found[];
  readonly unread: readonly { readonly path: string; readonly why: string }[];
};

async function readAll(path: string): Promise<Result<Read>> {
  const repository = await openRepository(path);
  if (!repository.ok) return repository;
  const listed = await agentFiles(repository.value, 'HEAD');
  if (!listed.ok) return listed;
  const found = new Map<string, Found>();
  const unread: { path: string; why: string }[] = [];
  for (const file of listed.value.files) {
    const parsed = parseAgent(file.source, file.format, file.base);
    if (!parsed.ok) unread.push({ path: file.path, why: parsed.refusal.sentence });
    else if (found.has(parsed.value.name))
      unread.push({ path: file.path, why: `there is another agent \`${parsed.value.name}\`, which counts` });
    else found.set(parsed.value.name, { file, definition: parsed.value, commit: listed.value.commit });
  }
  return accept({ found: [...found.values()], unread });
}

async function readOne(path: string, name: string): Promise<Result<Found>> {
  const read = await readAll(path);
  if (!read.ok) return read;
  const found = read.value.found.find(({ definition }) => definition.name === name);
  return found === undefined
    ? reject(
        refuse(
          'not_found',
          `the newest commit of \`${path}\` describes no agent \`${name}\``,
          '`writ agent list` shows those it does; agents are read from a commit',
        ),
      )
    : accept(found);
}
