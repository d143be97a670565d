/** What came of one attended session, kept while it runs and told in its last lines: changed, refused, spent. It counts and tells; it decides nothing. */

import type { HarnessEvent } from '@writ/enforce/attended';
import { insidePlaces } from './inside-places.ts';
import type { Mark } from './changes.ts';
import { changedSince } from './changes.ts';
import type { Judged } from './judge-deps.ts';
import type { OpenSession } from './open-session.ts';
import type { Transcript } from './spent.ts';
import { refusedLine, watchedLine } from './words.ts';

export interface SessionAccount {
  /** A call was judged, or something was refused at the gate. */
  seen(judged: Judged): void;
  /** A person said yes to it, as it was seen: it is refused no more. */
  answeredYes(judged: Judged): void;
  /** A hook was called: it says where the conversation is written down. */
  heard(event: HarnessEvent): void;
  /** The last lines. */
  lines(): Promise<readonly string[]>;
}

export type AccountOf = {
  readonly root: string;
  readonly before: Mark;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Whether it asks before it acts: of a program that asks nobody there is nothing to say of what was refused or spent. */
  readonly asks: boolean;
  readonly watches: boolean;
  /** Whose transcripts are read; null: none are. */
  readonly harness: string | null;
  /** Of the session's own files, which its harness knows by another name; null: it has none. */
  readonly folder: string | null;
};

/** Nothing has happened yet. */
export function createSessionAccount(session: Pick<OpenSession, 'observe'>, of: AccountOf): SessionAccount {
  let refused: readonly Judged[] = [];
  const wouldBe: Judged[] = [];
  let transcript: Transcript | null = null;
  return {
    seen(judged) {
      if (judged.decision === 'would_refuse') wouldBe.push(judged);
      else if (judged.decision !== 'permit') refused = [...refused, judged];
      session.observe({ type: 'tool.judged', data: { ...judged } });
    },
    answeredYes(judged) {
      refused = refused.filter((one) => one !== judged);
    },
    heard(event) {
      // Of a conversation of the person's own: a helper may have one beside it.
      if (event.transcript !== null && (transcript === null || event.kind === 'prompt') && !isOfHelper(event))
        transcript = { path: outsidePath(event.transcript, of.folder), session: event.session };
    },
    async lines() {
      // Loaded when it is needed: a start waits for what reads histories no more than a program does that writes none.
      const { spentLine } = await import('./spent.ts');
      return [
        `changed: ${await changedSince(of.root, of.before)}`,
        ...(of.asks && of.watches ? [`watched: ${watchedLine(wouldBe)}`] : []),
        ...(of.asks ? [`refused: ${refusedLine(refused)}`] : []),
        ...(of.harness === null ? [] : [`spent:   ${await spentLine(of.harness, transcript, of.startedAt)}`]),
      ];
    },
  };
}

const isOfHelper = (event: HarnessEvent): boolean => 'helper' in event && event.helper !== null;

/** A path as the program in the sandbox says it, where it stands in the session's folder. */
const outsidePath = (path: string, folder: string | null): string =>
  folder !== null && path.startsWith(`${insidePlaces.harness}/`)
    ? `${folder}${path.slice(insidePlaces.harness.length)}`
    : path;
