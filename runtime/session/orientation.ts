/**
 * Where you were: facts about a session's place, each with how it was found out and whether it still holds. Built without a model, from the log and from
 * Git asked now; it changes nothing.
 */

import { stat } from 'node:fs/promises';
import { worktreeOf } from './place.ts';
import type { Session } from './session.ts';
import { isAtTerminal } from './session.ts';
import { lookAt } from '../workspace/worktree.ts';

export type Fact = {
  readonly what: string;
  readonly value: string;
  readonly standing: 'verified now' | 'changed' | 'unknown';
  readonly observedAt: string | null;
  readonly method: string;
};

/** The facts of `session` at `now` (RFC 3339). */
export async function orient(session: Session, now: string): Promise<readonly Fact[]> {
  return [...(await placeFacts(session, now)), ...workFacts(session)];
}

async function placeFacts(session: Session, now: string): Promise<readonly Fact[]> {
  const { workspace } = session;
  if (workspace === null)
    return [{ what: 'place', value: 'it has none', standing: 'unknown', observedAt: null, method: 'the log' }];
  const there = await stat(workspace.path).then(
    () => true,
    () => false,
  );
  const directory: Fact = {
    what: 'directory',
    value: workspace.path,
    standing: there ? 'verified now' : 'changed',
    observedAt: now,
    method: there ? 'looked' : 'looked: it is gone',
  };
  const worktree = await worktreeOf(session);
  if (worktree === null) return [directory, ...recorded(session)];
  const seen = await lookAt(worktree);
  const compare = (what: string, before: string | null, after: string | null): Fact => ({
    what,
    value:
      before === after || before === null
        ? (after ?? 'none')
        : `${before} when it was last recorded, ${after ?? 'none'} now`,
    standing: before === null || before === after ? 'verified now' : 'changed',
    observedAt: now,
    method: 'git',
  });
  const dirty =
    seen.dirty.length === 0
      ? 'none'
      : seen.dirty.slice(0, 20).join(', ') +
        (seen.dirty.length > 20 ? ` and ${String(seen.dirty.length - 20)} more` : '');
  return [
    directory,
    compare('branch', workspace.branch, seen.branch),
    compare('HEAD', workspace.head, seen.head),
    { what: 'uncommitted files', value: dirty, standing: 'verified now', observedAt: now, method: 'git' },
  ];
}

function recorded({ workspace, updatedAt }: Session): readonly Fact[] {
  if (workspace === null || workspace.branch === null) return [];
  return [
    {
      what: 'branch',
      value: workspace.branch,
      standing: 'unknown',
      observedAt: updatedAt,
      method: 'the log; Git does not know the place now',
    },
    ...(workspace.head === null
      ? []
      : [
          {
            what: 'HEAD',
            value: workspace.head,
            standing: 'unknown',
            observedAt: updatedAt,
            method: 'the log',
          } as const,
        ]),
  ];
}

function workFacts(session: Session): readonly Fact[] {
  const { activity, queue, runs, children, updatedAt } = session;
  const fact = (what: string, value: string): Fact => ({
    what,
    value,
    standing: 'verified now',
    observedAt: updatedAt,
    method: 'the log',
  });
  const open = children.filter((child) => !child.ended).map((child) => child.session);
  return [
    isAtTerminal(session)
      ? {
          ...fact('what was happening', 'its program runs at a terminal, unless its launcher ended without a word'),
          standing: 'unknown' as const,
        }
      : fact(
          'what was happening',
          activity.name === 'turn'
            ? `turn ${activity.turn}${activity.input === null ? '' : `: ${(activity.input.text.split('\n')[0] ?? '').slice(0, 200)}`}`
            : 'nothing runs',
        ),
    ...(queue.length === 0
      ? []
      : [fact('waiting input', `${String(queue.length)}, the first: ${(queue[0]?.text ?? '').slice(0, 200)}`)]),
    ...(runs.length === 0 ? [] : [fact('runs', runs.map((run) => `${run.id} (${run.purpose})`).join(', '))]),
    ...(open.length === 0 ? [] : [fact('sub-agents', open.join(', '))]),
  ];
}
