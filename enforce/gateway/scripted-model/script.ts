/**
 * The script a model server plays: data, written by a test, that says what the model answers in which order.
 *
 * It refuses a key it does not know, because a misspelt `when` would silently change what a test proves.
 * The shape is this project's own; no published specification is followed.
 */
import { isRecord, type JsonRecord } from './json.ts';

/** Tokens of one answer. `input` counts prompt tokens that were not read from the cache; `cacheRead` is on top of it. */
export type Usage = { readonly input: number; readonly output: number; readonly cacheRead?: number };

/** One tool the model calls. `input` is an object, or plain text for a tool that takes free text. */
export type ScriptedCall = { readonly name: string; readonly input: JsonRecord | string };

/** What must hold of a request before a turn is played on it; all that are given must hold. */
export type When = {
  /** The newest thing the user wrote (harness reminders left out) contains this. */
  readonly lastUserContains?: string;
  /** A result of the tool of this name came in since the model last spoke. */
  readonly hasToolResultFor?: string;
  /** The model's name contains this. */
  readonly model?: string;
  /** The system prompt contains this. */
  readonly systemContains?: string;
};

/** One answer of the model: text, tool calls, or both; or, with `status`, an HTTP failure whose message is `say`. */
export type Turn = {
  readonly when?: When;
  readonly say?: string;
  readonly tools?: readonly ScriptedCall[];
  readonly usage?: Usage;
  /** Waits this many milliseconds before the first byte of the answer. */
  readonly delayMs?: number;
  /** Answers with this HTTP status (400 to 599) instead of a message. */
  readonly status?: number;
};

/** What is answered when no turn is left. */
export type Fallback = { readonly say: string; readonly usage?: Usage };

/** Turns of their own for conversations whose messages contain `marker`: a sub-agent, a second session. */
export type SubScript = { readonly marker: string; readonly turns: readonly Turn[]; readonly fallback?: Fallback };

/** A whole script. With `marker`, only conversations whose messages contain it consume `turns`. */
export type Script = {
  readonly marker?: string;
  readonly turns: readonly Turn[];
  readonly fallback?: Fallback;
  /** Asked first, in order; the first whose marker is found plays. */
  readonly conversations?: readonly SubScript[];
};

/** Reads a script from JSON data. Throws an `Error` that names the place when the data is not a script. */
export function parseScript(data: unknown): Script {
  const script = shape(data, 'script', ['marker', 'turns', 'fallback', 'conversations']);
  return {
    ...optional('marker', text(script['marker'], 'marker')),
    turns: turns(script['turns'], 'turns'),
    ...optional('fallback', fallback(script['fallback'], 'fallback')),
    ...optional('conversations', maybeList(script['conversations'], 'conversations')?.map(subScript)),
  };
}

function subScript(data: unknown, index: number): SubScript {
  const at = `conversations[${index}]`;
  const sub = shape(data, at, ['marker', 'turns', 'fallback']);
  const marker = text(sub['marker'], `${at}.marker`);
  if (marker === undefined || marker === '') throw new Error(`\`${at}.marker\` is missing; give a text to look for`);
  return {
    marker,
    turns: turns(sub['turns'], `${at}.turns`),
    ...optional('fallback', fallback(sub['fallback'], `${at}.fallback`)),
  };
}

function turns(data: unknown, at: string): readonly Turn[] {
  const list = maybeList(data, at);
  if (list === undefined) throw new Error(`\`${at}\` is missing; give a list, which may be empty`);
  return list.map((entry, index) => turn(entry, `${at}[${index}]`));
}

function turn(data: unknown, at: string): Turn {
  const entry = shape(data, at, ['when', 'say', 'tools', 'usage', 'delayMs', 'status']);
  if (entry['say'] === undefined && entry['tools'] === undefined && entry['status'] === undefined) {
    throw new Error(`\`${at}\` answers nothing; give it \`say\`, \`tools\` or \`status\``);
  }
  const status = count(entry['status'], `${at}.status`);
  if (status !== undefined && (status < 400 || status > 599)) {
    throw new Error(`\`${at}.status\` is \`${status}\`, which is not a failure; use 400 to 599, or leave it out`);
  }
  return {
    ...optional('when', when(entry['when'], `${at}.when`)),
    ...optional('say', text(entry['say'], `${at}.say`)),
    ...optional(
      'tools',
      maybeList(entry['tools'], `${at}.tools`)?.map((call, i) => scripted(call, `${at}.tools[${i}]`)),
    ),
    ...optional('usage', usage(entry['usage'], `${at}.usage`)),
    ...optional('delayMs', count(entry['delayMs'], `${at}.delayMs`)),
    ...optional('status', status),
  };
}

function when(data: unknown, at: string): When | undefined {
  if (data === undefined) return undefined;
  const keys = ['lastUserContains', 'hasToolResultFor', 'model', 'systemContains'] as const;
  const entry = shape(data, at, keys);
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = text(entry[key], `${at}.${key}`);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

function scripted(data: unknown, at: string): ScriptedCall {
  const call = shape(data, at, ['name', 'input']);
  const name = text(call['name'], `${at}.name`);
  const input = call['input'] ?? {};
  if (name === undefined) throw new Error(`\`${at}.name\` is missing; name the tool to call`);
  if (typeof input !== 'string' && !isRecord(input)) throw new Error(`\`${at}.input\` is neither an object nor a text`);
  return { name, input };
}

function usage(data: unknown, at: string): Usage | undefined {
  if (data === undefined) return undefined;
  const entry = shape(data, at, ['input', 'output', 'cacheRead']);
  const input = count(entry['input'], `${at}.input`);
  const output = count(entry['output'], `${at}.output`);
  if (input === undefined || output === undefined) throw new Error(`\`${at}\` needs both \`input\` and \`output\``);
  return { input, output, ...optional('cacheRead', count(entry['cacheRead'], `${at}.cacheRead`)) };
}

function fallback(data: unknown, at: string): Fallback | undefined {
  if (data === undefined) return undefined;
  const entry = shape(data, at, ['say', 'usage']);
  return { say: text(entry['say'], `${at}.say`) ?? '', ...optional('usage', usage(entry['usage'], `${at}.usage`)) };
}

function shape(data: unknown, at: string, keys: readonly string[]): JsonRecord {
  if (!isRecord(data)) throw new Error(`\`${at}\` is not an object`);
  const stranger = Object.keys(data).find((key) => !keys.includes(key));
  if (stranger !== undefined) throw new Error(`\`${at}\` has no \`${stranger}\`; it knows ${keys.join(', ')}`);
  return data;
}

function text(data: unknown, at: string): string | undefined {
  if (data === undefined || typeof data === 'string') return data;
  throw new Error(`\`${at}\` is not a text`);
}

function count(data: unknown, at: string): number | undefined {
  if (data === undefined) return undefined;
  if (typeof data === 'number' && Number.isSafeInteger(data) && data >= 0) return data;
  throw new Error(`\`${at}\` is not a whole number of zero or more`);
}

function maybeList(data: unknown, at: string): readonly unknown[] | undefined {
  if (data === undefined || Array.isArray(data)) return data;
  throw new Error(`\`${at}\` is not a list`);
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  // Reason for the cast: TypeScript does not narrow a computed key to the one key it is given.
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };
}
