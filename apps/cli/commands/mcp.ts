/** `writ mcp`: the MCP servers that runs of this machine may use. Only a person gives one, and only what they looked at is trusted. */

import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { accessSync, constants } from 'node:fs';
import { enforcerApi, mcpServerAskWire, mcpSignInAskWire, projectName } from '@writ/protocol';
import type { mcpServerWire } from '@writ/protocol';
import { exitCodes, failed, usage } from '../exit.ts';
import { readNamedJson } from '../place/named-file.ts';
import { repositoryAround } from '../place/repository.ts';
import { flagOption, listOption, textOption } from '../program/command.ts';
import type { CommandRun, Input } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { safeText } from '../render/safe-text.ts';
import { table } from '../render/width.ts';

type Shown = (typeof mcpServerWire)['_zod']['output'];

/** Long enough for a server that is fetched before it starts. */
const lookLimitMs = 60_000;
/** Of one question whether somebody has signed in. */
const waitMs = 20_000;

export const runList: CommandRun = async (context, input) => {
  const [name] = input.words;
  const { items } = await (await context.planes.enforcer()).call(enforcerApi.listMcpServers);
  if (name !== undefined) {
    const found = items.find((server) => server.name === name);
    if (found === undefined) throw failed(`there is no MCP server \`${name}\` here`, '`writ mcp list` shows them');
    context.answer(found);
    sayServer(context, found);
    return exitCodes.done;
  }
  context.answer({ items });
  const style = context.style();
  if (items.length === 0) context.say('no MCP server was given to runs here; `writ mcp add` does it');
  context.say(
    ...table(
      items.map((server) => [
        safeText(server.name),
        `${String(server.tools.length)} tools`,
        safeText(server.project ?? 'every project'),
        style.dim(safeText(server.where)),
      ]),
    ),
  );
  return exitCodes.done;
};

export const runAdd: CommandRun = async (context, input) => {
  const enforcer = await context.planes.enforcer();
  const body = await asked(context, input);
  const added = await enforcer.call(enforcerApi.addMcpServer, { body, timeoutMs: lookLimitMs });
  context.answer(added);
  const style = context.style();
  context.say(
    `${style.tone('good', style.mark('done'))} runs of ${safeText(added.project ?? 'every project')} may use ${safeText(added.name)}, as far as their mandates allow`,
  );
  sayServer(context, added);
  return exitCodes.done;
};

export const runTrust: CommandRun = async (context, input) => {
  const [name = '', tool = null] = input.words;
  const enforcer = await context.planes.enforcer();
  const before = (await enforcer.call(enforcerApi.listMcpServers)).items.find((server) => server.name === name);
  const now = await enforcer.call(enforcerApi.trustMcpServer, {
    params: { id: name },
    body: { tool },
    timeoutMs: lookLimitMs,
  });
  context.answer(now);
  const style = context.style();
  const changes = changesBetween(before?.tools ?? [], now.tools);
  context.say(
    changes.length === 0
      ? `${style.tone('good', style.mark('done'))} ${safeText(name)} offers what it was trusted to offer`
      : `${style.tone('good', style.mark('done'))} ${safeText(name)} is trusted as it is now`,
    ...changes.map((line) => `  ${style.mark('dot')} ${safeText(line)}`),
  );
  return exitCodes.done;
};

export const runLogin: CommandRun = async (context, input) => {
  const [url = ''] = input.words;
  const asked = mcpSignInAskWire.safeParse({ url, client_id: textOption(input, 'client-id') ?? null });
  if (!asked.success) throw usage(`\`${url}\` is no address of an MCP server`, 'give it as it is added: `https://…`');
  const enforcer = await context.planes.enforcer();
  const begun = await enforcer.call(enforcerApi.beginMcpSignIn, { body: asked.data, timeoutMs: lookLimitMs });
  const style = context.style();
  context.say('open this address in a browser of this machine, and sign in:', `  ${safeText(begun.authorization_url)}`);
  for (;;) {
    const now = await enforcer.call(enforcerApi.getMcpSignIn, {
      params: { id: begun.id },
      query: { wait_ms: waitMs },
      timeoutMs: lookLimitMs,
    });
    if (now.state === 'failed') throw failed(`nobody signed in: ${safeText(now.why)}`, null);
    if (now.state === 'waiting') continue;
    context.answer(now);
    context.say(`${style.tone('good', style.mark('done'))} signed in at ${safeText(now.issuer)}`);
    return exitCodes.done;
  }
};

export const runRemove: CommandRun = async (context, input) => {
  const [name = ''] = input.words;
  const gone = await (await context.planes.enforcer()).call(enforcerApi.removeMcpServer, { params: { id: name } });
  context.answer(gone);
  const style = context.style();
  context.say(`${style.tone('good', style.mark('done'))} no run may use ${safeText(gone.name)} any more`);
  return exitCodes.done;
};

function sayServer(context: Context, server: Shown): void {
  const style = context.style();
  context.say(
    ...table(
      server.tools.map(({ name, action, class: actionClass }) => [
        `  mcp://${safeText(server.name)}/${safeText(name)}`,
        safeText(action),
        style.dim(safeText(actionClass.replaceAll('_', ' '))),
      ]),
    ),
    ...(server.fenced ? [style.dim('  it checks the permit of each call itself')] : []),
    ...(server.signed_in_at === null ? [] : [style.dim(`  signed in at ${safeText(server.signed_in_at)}`)]),
    ...(server.secrets.length === 0 ? [] : [style.dim(`  it alone is given ${safeText(server.secrets.join(', '))}`)]),
    style.dim(
      `  all its tools as one: mcp://${safeText(server.name)}/ with catalogue_digest ${server.catalogue_digest}`,
    ),
  );
}

function changesBetween(before: Shown['tools'], now: Shown['tools']): readonly string[] {
  const then = new Map(before.map((tool) => [tool.name, tool.digest]));
  const names = new Set(now.map(({ name }) => name));
  return [
    ...now.flatMap(({ name, digest }) =>
      then.get(name) === digest ? [] : [`${name} ${then.has(name) ? 'is described in other words' : 'is new'}`],
    ),
    ...before.filter(({ name }) => !names.has(name)).map(({ name }) => `${name} is gone`),
  ];
}

async function asked(context: Context, input: Input) {
  const [name = '', ...command] = input.words;
  const url = textOption(input, 'url');
  if ((url === undefined) === (command.length === 0))
    throw usage(
      url === undefined ? 'it is not said what the server is' : 'a server is a program or an address, not both',
      `\`writ mcp add ${name} -- PROGRAM …\` or \`writ mcp add ${name} --url URL\``,
    );
  const parsed = mcpServerAskWire.safeParse({
    name,
    project: flagOption(input, 'everywhere') ? null : await projectOf(context, input),
    fenced: flagOption(input, 'fenced'),
    tools: await rulesIn(context, textOption(input, 'tools')),
    launch:
      url === undefined
        ? { kind: 'stdio', argv: located(context, command), cwd: context.io.cwd, env: pairs(listOption(input, 'env')) }
        : { kind: 'http', url, headers: pairs(listOption(input, 'header')) },
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw usage(
    `the server cannot be added: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    '`writ mcp add --help` shows how',
  );
}

/** The program with its full path: what it means must not depend on who starts it. */
function located({ io }: Context, [program = '', ...rest]: readonly string[]): readonly string[] {
  if (isAbsolute(program)) return [program, ...rest];
  if (program.includes('/')) return [resolve(io.cwd, program), ...rest];
  const found = (io.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => isProgram(path));
  if (found === undefined) throw usage(`there is no program \`${program}\``, 'give its path');
  return [found, ...rest];
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function pairs(given: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map((pair) => {
      const at = pair.indexOf('=');
      // INVARIANT: the value is never shown again, not even to say that it is wrong.
      if (at < 1) throw usage('a variable or header is given as NAME=VALUE', null);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

async function rulesIn({ io }: Context, path: string | undefined): Promise<unknown> {
  if (path === undefined) return {};
  return readNamedJson(io, path, '`writ help mcp add` says what is in it');
}

async function projectOf({ io }: Context, input: Input): Promise<string> {
  const named = textOption(input, 'project');
  if (named !== undefined) return named;
  const around = await repositoryAround(io.cwd);
  if (around.kind === 'found') return projectName(around.root);
  throw usage('it is not said for which project', 'give `--project NAME` or `--everywhere`, or go to its repository');
}
