/** What a proxy of the Agent Client Protocol is given: the one judge, and hands that reach the agent's processes. */

import type { HarnessEvent, HookAnswer, McpCommand } from '../adapters/adapter.ts';
import type { Message } from '../mcp/json-rpc.ts';
import type { AcpAgent } from './acp-agent.ts';

/** How a conversation comes to be open: each is a beginning, and judged as one. */
export type Opening = 'new' | 'load' | 'resume' | 'fork';

export type AcpDeps = {
  readonly agent: AcpAgent;
  /** Answers what the agent asks; whatever it throws is a no. */
  readonly judge: (event: HarnessEvent) => Promise<HookAnswer>;
  /** Why a conversation may not be opened; null when it may. `conversation`: the one that is gone on with. */
  readonly mayOpen: (how: Opening, conversation: string | null, cwd: string) => Promise<string | null>;
  readonly opened: (conversation: string) => void;
  /** The MCP servers that were trusted, as the agent reaches them. */
  readonly servers: readonly McpCommand[];
  /** What each conversation is opened with, besides what the editor asks for. */
  readonly openingMeta: Message | null;
  /** Whether a sandbox stands around the agent: then what the editor would do for it, outside, is done inside by itself. */
  readonly contained: boolean;
  /** Why nothing goes through now; null when it does. */
  readonly closedBecause: () => string | null;
  /** When a turn began, as processes count. */
  readonly ticks: () => number | null;
  /** Ends what was started since, or everything. Says how many processes are left. */
  readonly endSince: (ticks: number | null) => Promise<number>;
  readonly endAll: (why: string) => void;
  /** The agent did something that has an effect, and asked nobody. */
  readonly unasked: (call: Extract<HarnessEvent, { kind: 'call' }>) => void;
  /** The agent is in a mode that does not ask, and stays there. */
  readonly blind: (what: string) => void;
  /** A sentence for whoever looks at what the editor keeps of it. */
  readonly warn: (sentence: string) => void;
};
