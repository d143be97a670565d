/**
 * Under which mandate a conversation of an ACP agent worked last, kept outside the repository: being able to load it is no right to go on with it.
 *
 * INVARIANT: a conversation whose mandate a person ended, paused or let run out is not gone on with under another, which an editor's restart would otherwise be given. A person says otherwise at a
 * terminal, after that.
 */

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { controlApi } from '@writ/protocol';
import { z } from 'zod';
import type { MandateWire } from '../connect/wire.ts';
import type { Context } from '../program/context.ts';
import { chosenAt } from './preset-choice.ts';

export interface Conversations {
  /** It works under this session's mandate from now on. */
  opened(conversation: string): void;
  /** Why it may not be gone on with; null when it may. One that is not known here worked under no mandate. */
  whyNot(conversation: string): Promise<string | null>;
}

const kept = z.object({ mandate: z.string() });

/** Of one agent in `root`, for a session under `mandate`. */
export function createConversations(
  context: Context,
  { agent, root, mandate }: { readonly agent: string; readonly root: string; readonly mandate: string },
): Conversations {
  const folder = join(context.home.root, 'launcher', 'conversations');
  const fileOf = (conversation: string): string =>
    join(
      folder,
      createHash('sha256')
        .update(JSON.stringify([agent, conversation]))
        .digest('base64url'),
    );
  const before = (conversation: string): string | null => {
    try {
      return kept.parse(JSON.parse(readFileSync(fileOf(conversation), 'utf8'))).mandate;
    } catch {
      return null; // it is not known here
    }
  };
  return {
    opened(conversation) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(fileOf(conversation), JSON.stringify({ mandate }), { mode: 0o600 });
    },
    async whyNot(conversation) {
      const last = before(conversation);
      if (last === null || last === mandate) return null;
      const control = await context.planes.control();
      const found = await control.attempt(controlApi.getMandate, { params: { id: last } });
      if (!found.ok) return `the mandate it worked under cannot be asked about: ${found.problem.detail}`;
      const { state, state_detail: detail, spent } = found.value;
      if (spent !== null) return `${spent}; begin a new conversation`;
      if (mayFollow.has(state) || (isOver.has(state) && (await saidAgain(found.value)))) return null;
      return `the mandate it worked under is ${state} (${detail}); begin a new conversation, or say it anew at a terminal: \`writ acp -- AGENT\``;
    },
  };

  /** Whether a person chose for this repository, at a terminal, after `ended` had its end. */
  async function saidAgain({ id, state, expires_at: expires }: MandateWire): Promise<boolean> {
    const control = await context.planes.control();
    const receipts = await control.attempt(controlApi.listReceipts, { query: { mandate: id } });
    const chosen = await chosenAt(context.home.root, root);
    if (!receipts.ok || chosen === null) return false;
    const stopped = receipts.value.items.filter(({ action }) => endings.has(action)).map((one) => one.opened_at);
    const ends = state === 'expired' ? [...stopped, expires] : stopped;
    return ends.length > 0 && ends.every((end) => Date.parse(end) < chosen);
  }
}

/** It ended with its session, another one has its place, or it is in force elsewhere. */
const mayFollow: ReadonlySet<string> = new Set(['active', 'completed', 'superseded']);
/** It ended otherwise, for good; one that is only held is waited for. */
const isOver: ReadonlySet<string> = new Set(['revoked', 'expired', 'cascaded']);
const endings: ReadonlySet<string> = new Set(['revoke', 'expire', 'stop']);
