/** How a conversation with an agent stands. */

/** What was said between an agent and us since the conversation began. */
export type Conversation = {
  readonly digest: string;
  readonly messages: number;
  readonly agentSession: string | null;
};

/** The conversation as it stood somewhere in the log: null where none had begun; `from`: the version after which its messages stand. */
export type Thread = { readonly conversation: Conversation | null; readonly from: number };
