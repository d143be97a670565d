/**
 * Which modes of an ACP agent ask before they act: `session/set_mode`, and the option of category `mode` (ACP v1, Session Modes and Session Config Options).
 *
 * A mode that is not known to ask is not offered, not entered, and left at once where the agent entered it by itself. Pure.
 */

import type { Message } from '../mcp/json-rpc.ts';
import { isMessage, membersOf } from '../mcp/json-rpc.ts';

/** The modes that ask, by id, the one to go to first; `any`: whatever its mode, it asks by its hooks. */
export type AskingModes = 'any' | readonly [string, ...string[]];

export const asks = (modes: AskingModes, id: unknown): boolean =>
  modes === 'any' || (typeof id === 'string' && modes.includes(id));

/** A mode in a sentence. */
export const nameOf = (id: unknown): string => (typeof id === 'string' ? id : 'unnamed');

const array = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const isModeOption = (option: unknown): option is Message =>
  isMessage(option) && (option['category'] === 'mode' || option['id'] === 'mode');
/** What else of a session may be chosen: how it thinks, and with what. */
const harmless: ReadonlySet<unknown> = new Set(['model', 'thought_level', 'model_config']);

/** An option's values, of which some may stand in groups. */
const valuesOf = (option: Message): readonly Message[] =>
  array(option['options'])
    .filter(isMessage)
    .flatMap((one) => (Array.isArray(one['options']) ? array(one['options']).filter(isMessage) : [one]));

/** The answer to `session/new` and its like without the modes that do not ask. */
export function withoutModes(modes: AskingModes, result: Message): Message {
  if (modes === 'any') return result;
  const offered = result['modes'];
  const kept = isMessage(offered)
    ? {
        modes: {
          ...offered,
          availableModes: array(offered['availableModes']).filter((mode) => asks(modes, membersOf(mode)['id'])),
        },
      }
    : {};
  return { ...result, ...kept, ...withoutValues(modes, result) };
}

/** `configOptions` of a message, without the values that do not ask. */
export function withoutValues(modes: AskingModes, message: Message): Message {
  const { configOptions } = message;
  if (modes === 'any' || !Array.isArray(configOptions)) return {};
  return {
    configOptions: configOptions.map((option: unknown) =>
      isModeOption(option)
        ? { ...option, options: valuesOf(option).filter(({ value }) => asks(modes, value)) }
        : option,
    ),
  };
}

/** The mode a session is in, as an answer or an update says; undefined where it says none. */
export function modeIn(message: Message): unknown {
  const { currentModeId } = membersOf(message['modes']);
  if (currentModeId !== undefined) return currentModeId;
  return array(message['configOptions']).find(isModeOption)?.['currentValue'];
}

/** How the agent is brought to the first of its modes that asks; null where it offers none that is known to. */
export function wayBack(
  modes: AskingModes,
  session: Message,
): { readonly method: string; readonly params: Message } | null {
  if (modes === 'any') return null;
  const offered = array(membersOf(session['modes'])['availableModes']).map((mode) => membersOf(mode)['id']);
  const modeId = modes.find((mode) => offered.includes(mode));
  if (modeId !== undefined) return { method: 'session/set_mode', params: { modeId } };
  const option = array(session['configOptions']).find(isModeOption);
  const value =
    option === undefined ? undefined : modes.find((mode) => valuesOf(option).some((one) => one['value'] === mode));
  return option === undefined || value === undefined
    ? null
    : { method: 'session/set_config_option', params: { configId: option['id'], value } };
}

/** Whether an editor may set an option of a session to a value. `options`: as the agent offered them. */
export function maySet(modes: AskingModes, options: readonly unknown[], { configId, value }: Message): boolean {
  if (modes === 'any') return true;
  const option = options.find((one): one is Message => isMessage(one) && one['id'] === configId);
  if (option === undefined) return false;
  return isModeOption(option) ? asks(modes, value) : harmless.has(option['category']);
}
