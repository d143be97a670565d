/**
 * `writ store invite|join`: several machines over one PostgreSQL store are one Writ with one control plane, because they sign with the same keys and know the same people. What makes them so goes from
 * one to the other as a file, by a person's hand; nothing of it is ever in the store.
 */

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { embedded, chooseStore, isOneOfSeveral, machineText, storeOf } from '@writ/server';
import { isPostgresUrl } from '@writ/journal';
import { z } from 'zod';
import { exitCodes, failed, usage } from '../exit.ts';
import { installationFiles } from '../place/backup.ts';
import type { Home } from '../place/home.ts';
import { refuseToLeaveBehind, showStore } from '../place/store-choice.ts';
import type { CommandRun } from '../program/command.ts';
import { safeText } from '../render/safe-text.ts';
import { refuseWhileRunning } from '../supervisor/refuse-while-running.ts';
import { refuseInside } from '../program/refuse-inside.ts';

const format = 'writ.machine.1';
const invitation = z.object({
  format: z.literal(format),
  store: z.string().refine(isPostgresUrl),
  files: z.record(z.string().regex(/^control\/[\w.-]+(\/[\w.-]+)*$/), z.base64()),
});

/** Control's keys, tokens and secrets. What is the runtime's own stays where it is. */
const shared = installationFiles.filter((name) => name.startsWith('control/'));

const machineFile = (home: Home): string => join(home.root, 'machine.json');

export const runInvite: CommandRun = (context, input) => {
  refuseInside(context, 'let another machine in');
  const [named] = input.words;
  if (named === undefined) throw usage('it is not said where to', 'such as `writ store invite ./machine.json`');
  const { home } = context;
  const store = storeOf(home.root);
  if (store === embedded)
    throw failed(
      'the journals are in files of this machine, which no other can use',
      '`writ store copy --to postgres://…` takes them to a database first',
    );
  if (!existsSync(join(home.control, 'keys'))) throw failed('there are no keys here yet', '`writ up` makes them');
  const files = Object.fromEntries(
    shared
      .flatMap((name) => filesUnder(join(home.root, name)))
      .map((path) => [relative(home.root, path), readFileSync(path).toString('base64')]),
  );
  const file = resolve(context.io.cwd, named);
  writeFileSync(file, `${JSON.stringify({ format, store, files })}\n`, { mode: 0o600, flag: 'wx', flush: true });
  if (!isOneOfSeveral(home.root)) writeFileSync(machineFile(home), machineText({ name: null }), { mode: 0o600 });
  context.answer({ file, store: showStore(store) });
  context.say(
    `The other machine says ${context.style().bold(`writ store join ${safeText(named)}`)}, and then \`writ up\`.`,
    `${safeText(file)} holds keys and the owner’s token: who reads it can approve. Carry it as you would a password, and remove it after.`,
    'Keys are rotated on this machine; the others are invited again afterwards.',
  );
  return Promise.resolve(exitCodes.done);
};

export const runJoin: CommandRun = async (context, input) => {
  refuseInside(context, 'say what governs it');
  const [named] = input.words;
  if (named === undefined) throw usage('it is not said which invitation', 'such as `writ store join ./machine.json`');
  const { home } = context;
  const { store, files } = invitationIn(resolve(context.io.cwd, named));
  refuseWhileRunning(home);
  await refuseToLeaveBehind(home, store);
  const isAgain = isOneOfSeveral(home.root) && storeOf(home.root) === store;
  if (!isAgain && existsSync(join(home.control, 'keys')))
    throw failed(
      `\`${home.control}\` has keys of its own, of another installation`,
      'join from a new state folder: WRIT_HOME names one',
    );
  for (const [name, content] of Object.entries(files)) {
    const path = join(home.root, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, Buffer.from(content, 'base64'), { mode: 0o600, flush: true });
  }
  if (!isAgain) {
    const name = randomBytes(4).toString('hex');
    writeFileSync(machineFile(home), machineText({ name }), { mode: 0o600, flush: true });
    chooseStore(home.root, store);
  }
  context.answer({ store: showStore(store), again: isAgain });
  context.say(
    `This machine uses the store at ${safeText(showStore(store))}, with the keys of the one that invited it.`,
    '`writ up` starts it; `writ session take ID` continues a session here.',
  );
  return exitCodes.done;
};

function invitationIn(path: string): z.output<typeof invitation> {
  try {
    return invitation.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    throw usage(`\`${path}\` is no invitation that this writ can read`, '`writ store invite` makes one');
  }
}

function filesUnder(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesUnder(join(path, name)));
}
