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

/** What a harness's prompt says, as much as fits a line or two. */
const mostWords = 400;

/** The answer that allows it. */
async function ask(body) {
  let answer;
  try {
    answer = await post(body);
  } catch {
    throw new Error('writ did not answer, so this was not allowed');
  }
  if (answer?.allow === true) return answer;
  throw new Error(typeof answer?.refuse === 'string' ? answer.refuse : 'writ did not allow this');
}

/** What only tells of something is not waited for. */
const tell = (body) => void post(body).catch(() => undefined);

/** The routes of opencode's own server that its older client has no names for. */
const reply = (client, url, requestID, body) =>
  client._client.post({ url, path: { requestID }, body, headers: { 'content-type': 'application/json' } });

export const Writ = async ({ client, directory }) => {
  const known = new Map();
  /** What people answered to the questions of a call, until opencode asks them. */
  const answered = new Map();
  /** A prompt of its own is shown meanwhile: whoever answers first counts, and a failure leaves it where it is. */
  async function relay({ id, sessionID, permission, patterns, tool }) {
    const what = `${permission} ${(patterns ?? []).join(' ')}`.slice(0, mostWords);
    const answer = await post({
      ...{ event: 'permission.asked', session: sessionID, prompt: id, what },
      // That a call goes in circles is no question of what it may do.
      call: permission === 'doom_loop' ? '' : (tool?.callID ?? ''),
    });
    if (answer?.allow === true) await reply(client, '/permission/{requestID}/reply', id, { reply: 'once' });
    else if (typeof answer?.refuse === 'string')
      await reply(client, '/permission/{requestID}/reply', id, { reply: 'reject', message: answer.refuse });
  }
  /** What was answered before is answered at once; any other question is the person's at its own prompt. */
  async function relayAnswers({ id, sessionID, questions, tool }) {
    const answers = answered.get(tool?.callID);
    answered.delete(tool?.callID);
    if (answers === undefined) return tell({ event: 'question.asked', session: sessionID });
    const each = questions.map(({ question }) => [answers[question] ?? '']);
    await reply(client, '/question/{requestID}/reply', id, { answers: each });
  }
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
      } else if (type === 'permission.asked') void relay(properties).catch(() => undefined);
      else if (type === 'permission.replied') {
        tell({ event: type, session: properties.sessionID, prompt: properties.requestID ?? '' });
      } else if (type === 'question.asked') void relayAnswers(properties).catch(() => undefined);
      else if (type === 'session.compacted') tell({ event: type, session: properties.sessionID });
    },
    'chat.message': async ({ sessionID, agent }) => {
      await ask({ event: 'chat.message', session: sessionID, helper: await helperOf(sessionID, agent) });
    },
    'tool.execute.before': async ({ tool, sessionID, callID }, { args }) => {
      const helper = await helperOf(sessionID);
      const call = { event: 'tool.execute.before', session: sessionID, helper, tool, call: callID, args, directory };
      const { answers } = await ask(call);
      if (answers !== undefined) answered.set(callID, answers);
    },
    'tool.execute.after': async ({ tool, sessionID, callID }) =>
      tell({ event: 'tool.execute.after', session: sessionID, tool, call: callID }),
  };
};
