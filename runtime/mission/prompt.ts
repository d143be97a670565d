/** What an agent is told about its task: the goal, the task, and what will show that it is done. Pure. */

import type { Mission, Task } from './mission.ts';

/** The text of the turn for `task`; `feedback` is what went wrong before, `seen` what is known of the place, with when it was seen. */
export function taskPrompt(mission: Mission, task: Task, feedback: string, seen: readonly string[]): string {
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
    ...(seen.length === 0
      ? []
      : [`What was seen here before, which may have changed:\n${seen.map((line) => `- ${line}`).join('\n')}`]),
    'Your changes are committed for you.',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
