/** Sessions as a person reads them. Pure; foreign words go through `safeText`. */

import type { SessionWire } from '../connect/wire.ts';
import { facts, titleLine } from './block.ts';
import { attendedLooks, markOf, sessionLooks, wordOf } from './look.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { relative } from './when.ts';
import { cut } from './width.ts';

/** What the states of a session look like; one that a person started at a terminal has no turns. */
export const looksOf = ({ driver }: SessionWire): typeof sessionLooks =>
  driver === 'attended' ? attendedLooks : sessionLooks;

/** One row of a list. */
export const sessionRow = (session: SessionWire, style: Style): string[] => [
  `${markOf(style, looksOf(session), session.state)} ${safeText(session.id)}`,
  cut(safeText(session.title), 40),
  wordOf(style, looksOf(session), session.state),
  style.dim(safeText(session.agent)),
  style.dim(relative(session.updated_at, style.now)),
];

/** One session on one page. */
export function renderSession(session: SessionWire, style: Style): string[] {
  const { workspace } = session;
  const title = `${markOf(style, looksOf(session), session.state)} ${style.bold(cut(safeText(session.title), style.columns - 30))}`;
  return [
    titleLine(title, wordOf(style, looksOf(session), session.state), style),
    ...facts(
      [
        ['session', safeText(session.id)],
        ['mission', safeText([session.mission, session.task].filter((part) => part !== null).join(', task '))],
        ['under', session.parent === null ? '' : safeText(session.parent)],
        [
          'fork of',
          session.forked_from === null
            ? ''
            : safeText(`${session.forked_from.session}, after its event ${String(session.forked_from.at)}`),
        ],
        ['mandate', session.mandate === null ? 'none: it may read, and do nothing' : safeText(session.mandate)],
        ['agent', safeText(`${session.agent}, ${drivers[session.driver]}`)],
        ['where', workspace === null ? '' : safeText(workspace.path)],
        [
          'branch',
          workspace === null
            ? ''
            : safeText(
                [workspace.branch, workspace.head?.slice(0, 10)]
                  .filter((part) => part !== null && part !== undefined)
                  .join(' at '),
              ),
        ],
        ['state', session.state_detail === '' ? '' : safeText(session.state_detail)],
        ['last', relative(session.updated_at, style.now)],
      ],
      style,
    ),
  ];
}

const drivers: Record<SessionWire['driver'], string> = {
  command: 'a program',
  acp: 'over the Agent Client Protocol',
  model: 'a model',
  person: 'a person',
  attended: 'started by a person at a terminal',
};
