/**
 * The plugin by which opencode asks Writ before each call and prompt; opencode loads it for one session. It stands alone: nothing of Writ is around it.
 *
 * INVARIANT: a call runs after an answer that says `allow`, and after nothing else: no answer, a late one, a failure and garbage are a no.
 */

import { homedir } from 'node:os';
import { join } from 'node:path';

const url = process.env.WRIT_HOOK_URL;
const token = process.env.WRIT_HOOK_TOKEN;
const database =
  process.env.OPENCODE_DB ?? join(process.env.XDG_DATA_HOME || join(homedir(), '.local/share'), 'opencode/opencode.db');

async function post(body) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, database }),
    // A person may be asked before it is answered.
    signal: AbortSignal.timeout(298_000),
    redirect: 'error',
  });
  if (response.status !== 200) throw new Error('no answer');
  return response.json();
}

async function ask(body) {
  let answer;
  try {
    answer = await post(body);
  } catch {
    throw new Error('writ did not answer, so this was not allowed');
  }
  if (answer?.allow === true) return;
  throw new Error(typeof answer?.refuse === 'string' ? answer.refuse : 'writ did not allow this');
}

/** What only tells of something is not waited for. */
const tell = (body) => void post(body).catch(() => undefined);

export const Writ = async ({ client, directory }) => {
  const known = new Map();
  /** Which sub-agent a session is of; null: it is the person's own. A session that cannot be looked up is nobody's, and refused. */
  async function helperOf(session, agent) {
    if (known.has(session)) return known.get(session);
    const { data } = await client.session.get({ path: { id: session } });
    if (data === undefined) throw new Error('writ does not know this session, so this was not allowed');
    const helper = data.parentID ? { id: session, kind: data.agent ?? agent ?? null } : null;
    known.set(session, helper);
    return helper;
  }
  return {
    event: async ({ event }) => {
      const { type, properties } = event;
      if (type === 'session.created') {
        const { id, parentID, agent } = properties.info;
        known.set(id, parentID ? { id, kind: agent ?? null } : null);
        tell({ event: 'session.created', session: id, helper: known.get(id) });
      } else if (type === 'session.idle') {
        tell({ event: 'session.idle', session: properties.sessionID, helper: known.get(properties.sessionID) ?? null });
      } else if (type === 'permission.asked' || type === 'question.asked' || type === 'session.compacted') {
        tell({ event: type, session: properties.sessionID });
      }
    },
    'chat.message': async ({ sessionID, agent }) =>
      ask({ event: 'chat.message', session: sessionID, helper: await helperOf(sessionID, agent) }),
    'tool.execute.before': async ({ tool, sessionID, callID }, { args }) =>
      ask({
        event: 'tool.execute.before',
        session: sessionID,
        helper: await helperOf(sessionID),
        tool,
        call: callID,
        args,
        directory,
      }),
    'tool.execute.after': async ({ tool, sessionID, callID }) =>
      tell({ event: 'tool.execute.after', session: sessionID, tool, call: callID }),
  };
};
