/**
 * What may be said of a push that is over: from what Git said, what the remote shows, and whether it was interrupted. Pure.
 *
 * INVARIANT: it is called failed, or interrupted, only where nothing can have arrived; what may have is unknown.
 */

import type { RefUpdate } from '../sink/ref-update.ts';
import type { GitResult } from './git.ts';
import type { RemoteRefs } from './remote.ts';
import { lastLine, noObject } from './remote.ts';

/** What Git said of it, and what the remote showed afterwards. */
export type Sent = { readonly result: GitResult; readonly shown: RemoteRefs };

export type PushEnding = {
  readonly outcome: 'done' | 'failed' | 'interrupted' | 'unknown';
  readonly evidence: string;
  readonly detail: string;
};

/**
 * How it ended. `sent`: null where nothing was. `interrupted`: why it was told to stop; null where nobody did. `isFenced`: the remote takes nothing without the permit, so that control knows better
 * than a look whether it was taken.
 */
export function pushEnding(
  { ref, old, new: next }: Pick<RefUpdate, 'ref' | 'old' | 'new'>,
  sent: Sent | null,
  interrupted: string | null,
  isFenced: boolean,
): PushEnding {
  if (sent === null)
    return {
      outcome: 'interrupted',
      evidence: `${String(interrupted)}; nothing was sent`,
      detail: `stopped before it was sent: ${String(interrupted)}`,
    };
  const { result, shown } = sent;
  const now = shown.ok ? (shown.refs.get(ref) ?? noObject) : null;
  const seen = shown.ok
    ? `the remote shows ${now === noObject ? 'no such ref' : String(now)} at ${ref}`
    : `the remote cannot be asked: ${shown.why}`;
  if (now === next) {
    const how = interrupted === null ? '' : `${interrupted}, but it had arrived; `;
    return { outcome: 'done', evidence: `${how}${seen}`, detail: `pushed ${next} to ${ref}` };
  }
  if (interrupted !== null)
    return {
      outcome: 'unknown',
      evidence: `${interrupted}; its pack may have been sent; ${seen}`,
      detail: `stopped: ${interrupted}; whether it arrived is not known`,
    };
  if (result.code === null && result.signal === null)
    return { outcome: 'failed', evidence: lastLine(result.stderr), detail: lastLine(result.stderr) };
  // Without the remote's own word on it, its pack may have been taken, unless what was there is there still. A remote that broke off may be at it even then.
  const isOpen = now !== old || isFenced || brokeOff.test(result.stderr);
  const isUntold = isOpen && !/^!/m.test(result.stdout);
  if (result.code === 0 || result.signal !== null || isUntold)
    return {
      outcome: 'unknown',
      evidence: `git ended with ${String(result.code ?? result.signal)}; ${seen}`,
      detail: 'whether it arrived is not known',
    };
  const said = rejection(result);
  return { outcome: 'failed', evidence: `${said}; ${seen}`, detail: said };
}

/** What Git says, untranslated, where a connection that stood has ended before the remote's word. */
const brokeOff = /hung up|unexpected disconnect|early EOF|connection reset|broken pipe/i;

/** git-push(1), --porcelain: the line of a refused ref starts with `!`. What the remote's hook said is the better reason. */
function rejection({ stdout, stderr }: GitResult): string {
  const hook = stderr
    .split(/[\r\n]+/)
    .filter((line) => line.startsWith('remote: '))
    .map((line) => line.slice('remote: '.length).trim())
    .filter((line) => line !== '')
    .join('; ');
  const flag = stdout
    .split('\n')
    .find((line) => line.startsWith('!'))
    ?.split('\t')[2];
  return [flag, hook].filter((part) => part !== undefined && part !== '').join(': ') || lastLine(stderr);
}
