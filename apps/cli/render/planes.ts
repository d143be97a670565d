/** The three processes and where they are, for `writ up`. Pure. */

import type { Home } from '../place/home.ts';
import { planeNames } from '../place/home.ts';
import type { SupervisorFile } from '../supervisor/supervisor-file.ts';
import type { Where } from '../supervisor/where.ts';
import type { Style } from './style.ts';
import { table } from './width.ts';

const purpose = { control: 'what is allowed', enforcer: 'what may happen', runtime: 'what is being done' } as const;

/** Lines for a Writ that runs. */
export function renderPlanes(
  { file, where, home, already }: { file: SupervisorFile | null; where: Where; home: Home; already: boolean },
  style: Style,
): string[] {
  const rows = planeNames.map((name) => [
    `${style.tone('good', style.mark('done'))} ${name}`,
    style.dim(purpose[name]),
    where[name] ?? '',
    style.dim(`process ${String(file?.planes[name]?.pid ?? '?')}`),
  ]);
  return [
    style.bold(already ? 'Writ was running already' : 'Writ is running'),
    ...table(rows),
    '',
    `  ${style.dim('state and logs')}  ${home.root}`,
    `  ${style.dim('next')}            writ run FILE ${style.dim('to start a mission,')} writ down ${style.dim('to stop Writ')}`,
  ];
}
