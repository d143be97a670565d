/**
 * Claude Code's hooks: which events Writ listens to, and how a verdict is said so that the harness obeys it.
 *
 * Only translates. Two facts of the harness shape it: a hook that fails lets the tool run unless it says `onFailure: block`, and a
 * resume cannot be refused at its start, so the prompt event is judged too.
 */

import { z } from 'zod';

export const claudeHookInput = z.looseObject({
  session_id: z.string(),
  hook_event_name: z.string(),
  cwd: z.string().default(''),
  transcript_path: z.string().default(''),
  tool_name: z.string().optional(),
  tool_input: z.record(z.string(), z.unknown()).optional(),
  tool_use_id: z.string().optional(),
  /** Of a helper, with its kind; the main conversation has none. */
  agent_id: z.string().optional(),
  agent_type: z.string().optional(),
  prompt: z.string().optional(),
  source: z.string().optional(),
});
export type ClaudeHookInput = z.infer<typeof claudeHookInput>;

/** The events Writ answers. Others are observed by nobody and cost nothing. */
export const claudeEvents = [
  'PreToolUse',
  'PostToolUse',
  'PostToolUseFailure',
  'UserPromptSubmit',
  'SubagentStop',
  'Stop',
  'SessionEnd',
] as const;

/** Settings for `claude --settings`: every event goes to one resident endpoint; a failure to answer blocks. */
export function claudeSettings(endpoint: {
  readonly url: string;
  readonly tokenVariable: string;
}): Record<string, unknown> {
  const hook = {
    type: 'http',
    url: endpoint.url,
    timeout: 10,
    headers: { Authorization: `Bearer $${endpoint.tokenVariable}` },
    allowedEnvVars: [endpoint.tokenVariable],
  };
  // What only says that something is over is not blocked: a harness that may not stop goes on.
  const over: ReadonlySet<string> = new Set(['Stop', 'SubagentStop', 'SessionEnd']);
  const of = (event: string) => (over.has(event) ? hook : { ...hook, onFailure: 'block' });
  return { hooks: Object.fromEntries(claudeEvents.map((event) => [event, [{ matcher: '*', hooks: [of(event)] }]])) };
}

export type HookAnswer =
  | { readonly kind: 'no_objection' }
  | { readonly kind: 'allow' }
  /** `tell`: a line for the person at the terminal, where there is something for them to do. */
  | { readonly kind: 'refuse'; readonly why: string; readonly tell?: string };

/** The reply body for an answer. A denial is always explicit: `continue: false` alone lets the tool run. */
export function claudeReply(event: string, answer: HookAnswer): Record<string, unknown> {
  if (answer.kind === 'no_objection') return {};
  if (event === 'UserPromptSubmit') return answer.kind === 'refuse' ? { decision: 'block', reason: answer.why } : {};
  if (event !== 'PreToolUse') return {};
  return {
    ...('tell' in answer ? { systemMessage: answer.tell } : {}),
    hookSpecificOutput: {
      hookEventName: 'PreToolUse',
      permissionDecision: answer.kind === 'refuse' ? 'deny' : answer.kind,
      ...('why' in answer ? { permissionDecisionReason: answer.why } : {}),
    },
  };
}

/** Arguments that would take the harness out of reach of its hooks, and why each is refused. */
const bypasses: readonly { readonly flag: string; readonly why: string }[] = [
  { flag: '--bare', why: 'it starts without hooks' },
  { flag: '--safe-mode', why: 'it starts without hooks' },
  { flag: '--setting-sources', why: 'it can leave the hooks out' },
  { flag: '--settings', why: 'it can switch the hooks off, and Writ passes its own' },
];

/** The first argument that bypasses the hooks, or undefined. */
export const bypassOf = (args: readonly string[]): { readonly flag: string; readonly why: string } | undefined =>
  bypasses.find(({ flag }) => args.some((arg) => arg === flag || arg.startsWith(`${flag}=`)));

/** A refusal in words a model can act on: what, why, what instead, how to ask people for more, and not to try again. `ask`: the command that asks. */
export function refusalForModel(sentence: string, wayOut: string | null, ask: string | null): string {
  const instead = wayOut === null ? '' : ` To have it allowed: ${wayOut}.`;
  const request =
    ask === null
      ? ''
      : ` If the work needs it, ask the people for exactly this with \`${ask}\`; nothing is allowed by asking, and once somebody said yes the same call passes.`;
  return `Refused by the mandate this session works under: ${sentence}.${instead}${request} Do not retry it or work around it; go on with what is allowed, or say what you could not do.`;
}

/** A call that waits for a person's yes. `approval`: under which it was put before people. */
export const waitingForModel = (sentence: string, approval: string): string =>
  `Not yet: ${sentence}. It was put before people as \`${approval}\`, and nothing ran. Go on with other work, and make exactly the same call again once they said yes.`;

/** The command that asks people for an action, as a shell reads it. */
export const requestCommand = (action: string, resource: string): string =>
  `writ request ${quoted(action)} ${quoted(resource)}`;

const quoted = (word: string): string => (/^[\w.:/@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
