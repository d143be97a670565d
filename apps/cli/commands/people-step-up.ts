/**
 * `writ people step-up`: a key of one's own, for what a token does not suffice for. It is made here, kept here under a passphrase, and control is told its
 * public half. INVARIANT: what is signed is the text control makes of it as well.
 */

import { controlApi } from '@writ/protocol';
import { opened, signed } from '../connect/step-up.ts';
import type { ShownAct } from '../connect/step-up.ts';
import { exitCodes, usage } from '../exit.ts';
import { readPassphrase } from '../place/passphrase.ts';
import { makeRecoveryCode, recoveryDigest } from '../place/recovery-code.ts';
import { dropStepUpKey, keepStepUpKey, readStepUpKey } from '../place/step-up-file.ts';
import { flagOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { safeText } from '../render/safe-text.ts';

const shortest = 10;

export const run: CommandRun = async (context, input) => {
  const control = await context.planes.control();
  const me = await control.call(controlApi.whoami);
  const name = input.words[0] ?? me.name;
  const isDropping = flagOption(input, 'drop');
  if (name !== me.name && !isDropping)
    throw usage(
      `a key for \`${name}\` is made by ${name}`,
      `an admin can only drop it: \`writ people step-up ${name} --drop\``,
    );
  const params = { name };
  if (name !== me.name) {
    context.answer(await control.call(controlApi.setStepUpKey, { params, body: { key: null } }));
    say(context, `dropped the key of ${name}; they set another with \`writ people step-up\``);
    return exitCodes.done;
  }
  const isRecovering = flagOption(input, 'recover');
  if (isRecovering && isDropping)
    throw usage('a code sets another key, and leaves nobody without one', 'leave out `--drop`');
  const before = isRecovering ? null : await readStepUpKey(context.home, name);
  const former = before === null ? undefined : await opened(before, 'the passphrase of the key you have: ');
  const recovery = isRecovering ? await readPassphrase('the code that was shown with your key: ') : undefined;
  if (recovery === null) throw usage('the code is typed at the terminal', 'try it again there');
  const fresh = isDropping ? null : await made(await chosen());
  const code = fresh === null ? null : makeRecoveryCode();
  const digest = code === null ? undefined : recoveryDigest(code);
  const shown: ShownAct = {
    act: 'set_key',
    subject: name,
    revision: null,
    text: `the key of ${name} is ${fresh?.key ?? 'none'}${digest === undefined ? '' : `, and the code that stands in for it once is known by ${digest}`}`,
  };
  const body = {
    key: fresh?.key ?? null,
    ...(recovery !== undefined && { recovery }),
    ...(digest !== undefined && { recovery_digest: digest }),
    ...(fresh !== null && { step_up: await signed(context, shown, fresh.opened) }),
    ...(former !== undefined && { former: await signed(context, shown, former) }),
  };
  const person = await control.call(controlApi.setStepUpKey, { params, body });
  if (fresh === null) await dropStepUpKey(context.home, name);
  else await keepStepUpKey(context.home, name, fresh.sealed);
  context.answer(person);
  say(
    context,
    fresh === null ? 'dropped your key' : `set your key; what policy wants it for asks for its passphrase from now on`,
  );
  // To the terminal alone, and this once.
  if (code !== null)
    context.progress(
      '',
      `  ${code}`,
      '',
      '  This code stands in for the passphrase, once, should you lose it: `writ people step-up --recover`.',
      '  It is kept nowhere and never shown again. Write it down where no program reads it.',
    );
  return exitCodes.done;
};

const say = (context: Context, done: string): void => {
  const style = context.style();
  context.say(`${style.tone('good', style.mark('done'))} ${safeText(done)}`);
};

async function chosen(): Promise<string> {
  const first = await readPassphrase('a passphrase for your key: ');
  if (first === null || first.length < shortest)
    throw usage(`a passphrase has at least ${String(shortest)} characters`, 'a few words nobody would guess');
  if ((await readPassphrase('the same again: ')) !== first) throw usage('these were not the same', 'try it again');
  return first;
}

async function made(passphrase: string) {
  const { makeStepUpKey, openStepUpKey } = await import('@writ/enforce');
  const { key, sealed } = await makeStepUpKey(passphrase);
  const own = await openStepUpKey(sealed, passphrase);
  if (own === undefined) throw new Error('a key that was just sealed does not open');
  return { key, sealed, opened: own };
}
