/**
 * `writ mcp pass`: lets an agent outside every sandbox speak to one MCP server under one mandate. Only a person does: control is asked for the credential with theirs, and the
 * enforcer with the token of the person at this machine.
 */

import { randomUUID } from 'node:crypto';
import { controlApi, enforcerApi } from '@writ/protocol';
import { exitCodes, usage } from '../exit.ts';
import { textOption } from '../program/command.ts';
import type { CommandRun, Input } from '../program/command.ts';
import { safeText } from '../render/safe-text.ts';
import { table } from '../render/width.ts';

const usualHours = 8;
const mostHours = 24;

export const run: CommandRun = async (context, input) => {
  const [server] = input.words;
  const [mandate, ending] = [textOption(input, 'mandate'), textOption(input, 'end')];
  const enforcer = await context.planes.enforcer();
  const style = context.style();
  if (ending !== undefined) {
    const ended = await enforcer.call(enforcerApi.endMcpPass, { params: { id: ending } });
    context.answer(ended);
    context.say(`${style.tone('good', style.mark('done'))} the pass of ${safeText(ended.name)} counts no more`);
    return exitCodes.done;
  }
  if (server === undefined) {
    const { items } = await enforcer.call(enforcerApi.listMcpPasses);
    context.answer({ items });
    if (items.length === 0)
      context.say('no agent outside has a pass here; `writ mcp pass NAME --mandate ID` gives one');
    context.say(
      ...table(
        items.map((one) => [
          ...[one.id, safeText(one.name), one.server, one.mandate, style.dim(one.expires_at)],
          style.dim(one.key === null ? 'counts for whoever has its token' : 'counts with its key'),
        ]),
      ),
    );
    return exitCodes.done;
  }
  if (mandate === undefined) {
    const { url } = await enforcer.call(enforcerApi.mcpAddress, { params: { id: server } });
    context.answer({ url });
    context.say(url, style.dim('an agent that signs in there is shown a word; answer with `--mandate ID --for WORD`'));
    return exitCodes.done;
  }
  const expires = new Date(context.io.now() + hoursIn(input) * 3_600_000).toISOString();
  const id = `mcp-${randomUUID()}`;
  const control = await context.planes.control();
  const { credential } = await control.call(controlApi.issueCredential, {
    params: { id: mandate },
    body: { run: id, expires_at: expires },
  });
  const given = await enforcer.call(enforcerApi.giveMcpPass, {
    params: { id: server },
    body: {
      ...{ mandate, run: id, credential, expires_at: expires },
      ...{ name: textOption(input, 'as') ?? 'an agent', word: textOption(input, 'for') ?? null },
      key: keyIn(input),
    },
  });
  context.answer(given);
  const { pass, url, token } = given;
  context.say(
    `${style.tone('good', style.mark('done'))} ${safeText(pass.name)} may use ${safeText(pass.server)} under ${pass.mandate} until ${pass.expires_at}`,
    ...(token === null
      ? [style.dim('  it waited for this, and goes on by itself')]
      : [
          `  ${url}`,
          `  Authorization: ${pass.key === null ? 'Bearer' : 'DPoP'} ${token}`,
          style.dim('  the token is not shown again'),
        ]),
  );
  return exitCodes.done;
};

function keyIn(input: Input): string | null {
  const given = textOption(input, 'key') ?? null;
  if (given === null || /^[\w-]{43}$/.test(given)) return given;
  throw usage(
    `\`${given}\` is no thumbprint of a key`,
    'it is the SHA-256 of the public JWK in base64url, 43 characters',
  );
}

function hoursIn(input: Input): number {
  const given = Number(textOption(input, 'hours') ?? String(usualHours));
  if (given > 0 && given <= mostHours) return given;
  throw usage('a pass counts for at most 24 hours', 'give `--hours 8`, or less');
}
