/** `writ people …`: who may do what here. A token is shown once, when it is made; nobody can show it again. */

import { acts, everyProject, isAtLeast, roles } from '@writ/authority';
import type { ActRule, Role } from '@writ/authority';
import { controlApi } from '@writ/protocol';
import type { PersonWire } from '../connect/wire.ts';
import { exitCodes, usage } from '../exit.ts';
import { readNamed } from '../place/named-file.ts';
import { forgetPerson, keepPerson } from '../place/person-file.ts';
import { flagOption, listOption, textOption } from '../program/command.ts';
import type { CommandRun, Input } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { safeText } from '../render/safe-text.ts';
import { table } from '../render/width.ts';

/** The roles that were typed: one role, in the projects named or in all. */
function rolesFrom(input: Input): Record<string, Role> {
  const role = roles.find((one) => one === textOption(input, 'role'));
  if (role === undefined) throw usage('it is not said which role', `give \`--role\` with one of ${roles.join(', ')}`);
  const projects = listOption(input, 'project');
  return Object.fromEntries((projects.length === 0 ? [everyProject] : projects).map((project) => [project, role]));
}

const rolesText = ({ roles: held }: PersonWire): string =>
  Object.entries(held)
    .map(([project, role]) => `${role} ${project === everyProject ? 'everywhere' : `in ${project}`}`)
    .join(', ') || 'no role';

function sayToken(context: Context, { person, token }: { person: PersonWire; token: string }, done: string): void {
  context.answer({ person, token });
  const style = context.style();
  context.say(
    `${style.tone('good', style.mark('done'))} ${done} ${safeText(person.name)}: ${safeText(rolesText(person))}`,
    '',
    '  their token, shown this once:',
    `  ${safeText(token)}`,
    '',
    style.dim('  hand it over safely; they keep it with `writ people use --token-file FILE`'),
  );
}

export const runAdd: CommandRun = async (context, input) => {
  const [name = ''] = input.words;
  const body = { name, roles: rolesFrom(input) };
  sayToken(context, await (await context.planes.control()).call(controlApi.addPerson, { body }), 'added');
  return exitCodes.done;
};

export const runToken: CommandRun = async (context, { words: [name = ''] }) => {
  const renewed = await (await context.planes.control()).call(controlApi.renewToken, { params: { name } });
  sayToken(context, renewed, 'a new token for');
  return exitCodes.done;
};

export const runList: CommandRun = async (context) => {
  const people = await (await context.planes.control()).call(controlApi.listPeople);
  context.answer(people);
  const style = context.style();
  context.say(
    ...table(
      people.items.map((person) => [
        style.bold(safeText(person.name)),
        safeText(rolesText(person)),
        style.dim(person.step_up ? 'has a key of their own' : ''),
      ]),
    ),
  );
  return exitCodes.done;
};

export const runRole: CommandRun = async (context, input) => {
  const [name = ''] = input.words;
  const control = await context.planes.control();
  const { items } = await control.call(controlApi.listPeople);
  const before = items.find((person) => person.name === name)?.roles ?? {};
  const given = flagOption(input, 'only') ? rolesFrom(input) : { ...before, ...rolesFrom(input) };
  const person = await control.call(controlApi.grantRoles, { params: { name }, body: { roles: given } });
  context.answer(person);
  const style = context.style();
  context.say(`${style.tone('good', style.mark('done'))} ${safeText(name)}: ${safeText(rolesText(person))}`);
  return exitCodes.done;
};

export const runRemove: CommandRun = async (context, { words: [name = ''] }) => {
  const removed = await (await context.planes.control()).call(controlApi.removePerson, { params: { name } });
  context.answer(removed);
  const style = context.style();
  context.say(
    `${style.tone('good', style.mark('done'))} removed ${safeText(name)}; their token is worth nothing from now on`,
    style.dim('  what they approved stays approved: `writ mandate list` shows it'),
  );
  return exitCodes.done;
};

/** The one table, as it is in the code. */
export const runRoles: CommandRun = (context) => {
  const rows = Object.entries<ActRule>(acts);
  context.answer({
    roles,
    acts: rows.map(([act, { least, where, namedOnly, words }]) => ({
      act,
      least,
      where,
      named_only: namedOnly,
      words,
    })),
  });
  const style = context.style();
  const cell = (rule: ActRule, role: Role): string =>
    isAtLeast(role, rule.least) ? style.tone('good', style.mark('done')) : '';
  context.say(
    ...table([
      ['', ...roles.map((role) => style.bold(role)), ''],
      ...rows.map(([, rule]) => [
        safeText(rule.words),
        ...roles.map((role) => cell(rule, role)),
        style.dim(notes(rule)),
      ]),
    ]),
  );
  return Promise.resolve(exitCodes.done);
};

const notes = ({ where, namedOnly }: ActRule): string =>
  [where === 'everywhere' ? 'only everywhere' : '', namedOnly ? 'only those a mandate names, where it names any' : '']
    .filter((note) => note !== '')
    .join('; ');

/** Who this machine's commands speak for from now on. */
export const runUse: CommandRun = async (context, input) => {
  const [file, control] = [textOption(input, 'tokenFile'), textOption(input, 'control')];
  if (flagOption(input, 'owner')) await forgetPerson(context.home);
  else if (file === undefined) throw usage('it is not said whose token', 'give `--token-file PATH`, or `--owner`');
  else {
    const token = (await readNamed(context.io, file, 'name the file that `writ people token` wrote'))
      .toString('utf8')
      .trim();
    await keepPerson(context.home, { token, ...(control === undefined ? {} : { control }) });
  }
  const me = await (await context.planes.control()).call(controlApi.whoami);
  context.answer(me);
  const style = context.style();
  context.say(`${style.tone('good', style.mark('done'))} you are ${safeText(me.name)} here`);
  return exitCodes.done;
};
