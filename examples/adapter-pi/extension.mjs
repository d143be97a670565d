/**
 * What stands in pi for Writ: it hands each call of a tool, before it runs, to Writ's endpoint and obeys the answer. Whatever keeps it from an answer blocks the call. It decides nothing.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const { WRIT_PI_URL: url, WRIT_PI_TOKEN: token, WRIT_PI_STATUS: status, WRIT_PI_PATIENCE_S: patienceS } = process.env;

/** The answer, or why there is none. */
async function asked(event, ctx, more) {
  const body = {
    event,
    session: ctx.sessionManager.getSessionId(),
    transcript: ctx.sessionManager.getSessionFile() ?? null,
    cwd: ctx.cwd,
    home: homedir(),
    ...more,
  };
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(Number(patienceS) * 1000),
    });
    const answer = await response.json();
    if (response.ok && typeof answer?.block === 'string') return { block: answer.block };
    if (response.ok && answer?.run === true) return {};
    return { block: `Writ did not answer (${response.status})` };
  } catch (error) {
    return { block: `Writ cannot be reached: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** What a project's own settings put in front of every command, unseen by whoever is asked about the command. */
function unseen(cwd) {
  try {
    const settings = JSON.parse(readFileSync(join(cwd, '.pi', 'settings.json'), 'utf8'));
    return ['shellPath', 'shellCommandPrefix'].find((key) => settings[key] !== undefined);
  } catch {
    return undefined;
  }
}

export default function writ(pi) {
  let hidden;
  let line;
  pi.on('session_start', async (event, ctx) => {
    hidden = unseen(ctx.cwd);
    await asked('session_start', ctx, { reason: event.reason });
    if (!ctx.hasUI || !status) return;
    const show = () => {
      try {
        ctx.ui.setStatus('writ', readFileSync(status, 'utf8').trim() || undefined);
      } catch {
        ctx.ui.setStatus('writ', undefined);
      }
    };
    show();
    line = setInterval(show, 1000);
    line.unref();
  });
  pi.on('session_shutdown', async (event, ctx) => {
    clearInterval(line);
    await asked('session_shutdown', ctx, { reason: event.reason });
  });
  pi.on('input', async (event, ctx) => {
    const { block } = await asked('input', ctx, { source: event.source });
    if (block === undefined) return { action: 'continue' };
    if (ctx.hasUI) ctx.ui.notify(block, 'error');
    else process.stderr.write(`${block}\n`);
    return { action: 'handled' };
  });
  pi.on('tool_call', async (event, ctx) => {
    if (event.toolName === 'bash' && hidden !== undefined)
      return { block: true, reason: `Writ: \`${hidden}\` of .pi/settings.json would change this command unseen` };
    const { block } = await asked('tool_call', ctx, {
      call: event.toolCallId,
      tool: event.toolName,
      input: event.input,
    });
    return block === undefined ? undefined : { block: true, reason: block };
  });
  pi.on('tool_result', async (event, ctx) => {
    await asked('tool_result', ctx, {
      call: event.toolCallId,
      tool: event.toolName,
      input: event.input,
      failed: event.isError,
    });
  });
  pi.on('session_before_compact', async (_event, ctx) => {
    await asked('session_before_compact', ctx, {});
  });
  pi.on('agent_end', async (_event, ctx) => {
    await asked('agent_end', ctx, {});
  });
}
