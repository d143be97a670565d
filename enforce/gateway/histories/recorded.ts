/**
 * What the histories of harnesses say, in one form: a call of a tool, tokens that were used, an interruption, something a person typed.
 *
 * Data only. Nothing here says what was allowed: a history is a harness's own word, and it was written before anybody asked.
 */

export type HistoryHarness = 'claude' | 'codex' | 'opencode';

/** Tokens of one answer of a model. `input` leaves out what was read from or written to the cache. */
export type RecordedTokens = {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  /** Kept for five minutes, and for an hour: they cost differently. */
  readonly cacheWrite: number;
  readonly cacheWriteHour: number;
};

type Of = {
  /** The session a person sees: a helper's is that of whoever started it. */
  readonly session: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
};

export type Recorded =
  | (Of & {
      readonly kind: 'call';
      /** The harness's own; the same call may stand in several files. */
      readonly id: string;
      readonly tool: string;
      readonly input: Readonly<Record<string, unknown>>;
      /** Where the harness stood. */
      readonly cwd: string;
      readonly byHelper: boolean;
    })
  | (Of & {
      readonly kind: 'usage';
      readonly id: string;
      readonly model: string;
      readonly tokens: RecordedTokens;
      /** In millionths of a US dollar, where the harness says it; null where it does not. */
      readonly costMicros: number | null;
    })
  | (Of & { readonly kind: 'interrupted' })
  | (Of & { readonly kind: 'typed' });

/** What was said in a session, and what tools answered. `text`: as the harness kept it, which may have cut it. */
export type Words =
  | (Of & { readonly kind: 'typed'; readonly text: string })
  /** `helper`: the harness's own name of the helper that said it; null where the session's agent did. */
  | (Of & { readonly kind: 'said' | 'thought'; readonly text: string; readonly helper: string | null })
  | (Of & {
      readonly kind: 'answered';
      /** As the call that it answers is called. */
      readonly call: string;
      readonly text: string;
      /** Where the harness says it; null where it does not, whatever the text looks like. */
      readonly exitCode: number | null;
    });

/** Reads a history line by line; what it cannot read, or what says nothing of these, gives nothing. */
export type LineReader = (line: Buffer) => readonly Recorded[];
