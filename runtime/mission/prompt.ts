/** What an agent is told about its task: the goal, the task, and what will show that it is done. Pure. */

import type { Decision } from '../attention/decisions.ts';
import type { Mission, Task } from './mission.ts';

export type TaskContext = {
  /** What went wrong before; empty where nothing did. */
  readonly feedback: string;
  /** What is known of the place, with when it was seen. */
  readonly seen: readonly string[];
  /** What people decided in the project, the newest first. */
  readonly decisions: readonly Decision[];
  /** Files of the repository that say how to work in it. */
  readonly conventions: readonly string[];
};

const mostDecisions = 8;
const mostWords = 300;

/** Those of the mission first, the very same question once. */
function decisionLines({ id }: Mission, decisions: readonly Decision[]): readonly string[] {
  const ranked = decisions.toSorted((a, b) => Number(b.mission === id) - Number(a.mission === id));
  const lines = ranked.map(
    ({ ask, answer, by, at }) => `${oneLine(ask)}: ${oneLine(answer)} (${by}, ${at.slice(0, 10)})`,
  );
  return [...new Set(lines)].slice(0, mostDecisions);
}

const oneLine = (text: string): string => text.trim().replaceAll(/\s+/g, ' ').slice(0, mostWords);
const listed = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join('\n');

/** The text of the turn for `task`. */
export function taskPrompt(
  mission: Mission,
  task: Task,
  { feedback, seen, decisions, conventions }: TaskContext,
): string {
  const decided = decisionLines(mission, decisions);
  const { id, title, brief, done, touches } = task.plan;
  return [
    `Mission: ${mission.title}`,
    mission.goal,
    `Your task, ${id}: ${title}`,
    brief,
    ...(touches.length === 0 ? [] : [`Write only: ${touches.join(', ')}`]),
    ...(done.length === 0
      ? []
      : [
          `It is done when these commands succeed here: ${done.map((command) => `\`${command}\``).join(', ')}. They are run for you when you are finished.`,
        ]),
    ...(feedback === '' ? [] : [`The attempt before this one did not succeed: ${feedback}`]),
    ...(conventions.length === 0 ? [] : [`How to work in this repository is said in: ${conventions.join(', ')}`]),
    ...(decided.length === 0
      ? []
      : [`What people decided in this project, each for what they were asked about:\n${listed(decided)}`]),
    ...(seen.length === 0 ? [] : [`What was seen here before, which may have changed:\n${listed(seen)}`]),
    'Your changes are committed for you.',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
