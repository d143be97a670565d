/** The agents of the Agent Client Protocol that the suite has, each with what its model calls a command by. */
import type { Canary, HarnessAdapter, ScriptedCall } from '@writ/enforce';
import { acpAgents, harnessAdapters } from '@writ/enforce';

export const acpNames = ['claude-agent-acp', 'codex-acp', 'gemini', 'opencode'] as const;
export type AcpName = (typeof acpNames)[number];

export function acpAgent(name: AcpName): {
  readonly adapter: HarnessAdapter;
  readonly canary: Canary;
  readonly args: readonly string[];
} {
  const found = acpAgents.find(({ agent }) => agent.name === name);
  const harness = found?.agent.harness;
  if (found === undefined || harness === null || harness === undefined) throw new Error(`\`${name}\` is not known`);
  const adapter = harnessAdapters[harness];
  if (adapter.canary === null) throw new Error(`\`${name}\` cannot be started on a scripted model`);
  return { adapter, canary: adapter.canary, args: found.args };
}

/** As long as each of them lets a command run, however busy the machine is; of Codex outside its own sandbox, which starts in none. */
const more: Readonly<Record<AcpName, object>> = {
  'claude-agent-acp': { timeout: 600_000 },
  'codex-acp': { yield_time_ms: 120_000, sandbox_permissions: 'require_escalated', justification: 'work' },
  gemini: {},
  opencode: { timeout: 600_000 },
};

/** A command, as the model of `name` calls for it. */
export function runBy(name: AcpName, command: string): ScriptedCall {
  const call = acpAgent(name).canary.run(command);
  // An object, by the tools of each.
  return { ...call, input: { ...(call.input as object), ...more[name] } };
}

/** How its model gives a task to a helper. */
export function spawnBy(name: AcpName, task: string): ScriptedCall {
  const { spawn } = acpAgent(name).canary;
  if (spawn === null) throw new Error(`\`${name}\` has no helpers`);
  return spawn(task);
}

/** A command that appends to `file` until there is `go`, and is found among processes by \`NAME-FILE\`. */
export const beatBy = (name: AcpName, file: string, go: string): string =>
  `while [ ! -e ${go} ]; do echo beat >> ${file}; sleep 0.05; done # ${name}-${file}`;
