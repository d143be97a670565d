/** From routes to the enforcer and back; decides nothing. */

import type { Answer as EnforcerAnswer, Enforcer, McpPass, ShownCredential } from '@writ/enforce';
import type { enforcerApi } from '@writ/protocol';
import type { Answer, Handlers, Principal } from '../http/call.ts';

const reply = <T>(body: T): { readonly ok: true; readonly body: T } => ({ ok: true, body });
const from = <T>(answer: EnforcerAnswer<T>): Answer<T> => (answer.ok ? reply(answer.value) : answer);

const numberOf = (query: URLSearchParams, name: string): number => {
  const value = Number(query.get(name) ?? '0');
  return Number.isSafeInteger(value) && value > 0 ? value : 0;
};

const credentialToWire = ({ addedAt, baseUrlEnv, ...rest }: ShownCredential) => ({
  ...rest,
  base_url_env: baseUrlEnv,
  added_at: new Date(addedAt).toISOString(),
});

const passToWire = ({ id, server, project, mandate, name, expiresAt, jkt }: McpPass) => ({
  ...{ id, server, project, mandate, name },
  expires_at: new Date(expiresAt).toISOString(),
  key: jkt,
});

/** A handler for each route of `enforcerApi`. */
export function enforcerHandlers(enforcer: Enforcer): Handlers<typeof enforcerApi, Principal> {
  const id = (params: Readonly<Record<string, string>>): string => params['id'] ?? '';
  return {
    health: () =>
      reply({
        ok: true as const,
        boot: enforcer.boot,
        control_heard_ms_ago: enforcer.controlHeardMsAgo === null ? null : Math.round(enforcer.controlHeardMsAgo),
      }),
    startRun: async ({ body }) => from(await enforcer.startRun(body)),
    listRuns: () => reply({ items: [...enforcer.runs()] }),
    getRun: async ({ params, query }) => from(await enforcer.run(id(params), numberOf(query, 'wait_ms'))),
    output: ({ params, query }) => from(enforcer.output(id(params), numberOf(query, 'from'))),
    input: ({ params, body }) => from(enforcer.input(id(params), body.text)),
    freeze: async ({ params, body }) => from(await enforcer.freeze(id(params), body.why)),
    thaw: async ({ params }) => from(await enforcer.thaw(id(params))),
    kill: async ({ params, body }) => from(await enforcer.kill(id(params), body.why)),
    stopLocal: async ({ body }) => {
      const { killed, sessions, queued, unqueued } = await enforcer.stopLocal(body.reason);
      return reply({ killed: [...killed], sessions: [...sessions], queued: [...queued], unqueued: [...unqueued] });
    },
    listServices: () =>
      reply({
        items: enforcer.services().map(({ startTime, ...rest }) => ({ ...rest, start_time: startTime })),
      }),
    endService: async ({ body: { pid, start_time: startTime, session } }) =>
      reply({ gone: await enforcer.endService({ pid, startTime }, session) }),
    connections: () =>
      reply({
        items: enforcer.connections().map(({ run, mandate, operation, destination, openedAt, open, counts }) => ({
          run,
          mandate,
          operation,
          destination,
          opened_at: new Date(openedAt).toISOString(),
          open,
          connections: counts.connections,
          sent_bytes: counts.sent,
          received_bytes: counts.received,
        })),
      }),
    listCredentials: () => {
      const found = enforcer.credentials.list();
      return found.ok ? reply({ items: found.value.map(credentialToWire) }) : found;
    },
    addCredential: ({ params, body: { base_url_env: baseUrlEnv, ...body } }) => {
      const named = { name: params['name'] ?? '', project: params['project'] ?? '' };
      const added = enforcer.credentials.add({ ...named, ...body, baseUrlEnv, addedAt: Date.now() });
      return added.ok ? reply(credentialToWire(added.value)) : added;
    },
    removeCredential: ({ params }) => {
      const gone = enforcer.credentials.remove(params['project'] ?? '', params['name'] ?? '');
      return gone.ok ? reply(credentialToWire(gone.value)) : gone;
    },
    scope: () => reply(enforcer.scope()),
    listMcpServers: () => reply({ items: [...enforcer.mcpServers.list()] }),
    addMcpServer: async ({ body }) => from(await enforcer.mcpServers.add(body)),
    trustMcpServer: async ({ params, body }) => from(await enforcer.mcpServers.trust(id(params), body.tool)),
    beginMcpSignIn: async ({ body: { url, client_id: clientId } }) => {
      const begun = await enforcer.mcpSignIns.begin(url, clientId);
      return begun.ok ? reply({ id: begun.value.id, authorization_url: begun.value.authorizationUrl }) : begun;
    },
    getMcpSignIn: async ({ params, query }) =>
      from(await enforcer.mcpSignIns.state(id(params), Math.min(numberOf(query, 'wait_ms'), 60_000))),
    mcpAddress: async ({ params }) => from(await enforcer.mcpPasses.addressOf(id(params))),
    giveMcpPass: async ({ params, body: { expires_at: expiresAt, key: jkt, ...body } }) => {
      const asked = { ...body, jkt, server: id(params), expiresAt: Date.parse(expiresAt) };
      const given = await enforcer.mcpPasses.give(asked);
      return given.ok ? reply({ ...given.value, pass: passToWire(given.value.pass) }) : given;
    },
    listMcpPasses: () => reply({ items: enforcer.mcpPasses.list().map(passToWire) }),
    endMcpPass: ({ params }) => {
      const ended = enforcer.mcpPasses.end(id(params));
      return ended.ok ? reply(passToWire(ended.value)) : ended;
    },
    removeMcpServer: ({ params }) => from(enforcer.mcpServers.remove(id(params))),
  };
}
