/** Projects: everything belongs to one. It refuses to make one for whoever may not, and makes none twice. */

import type { Caller } from '../caller.ts';
import type { Core } from '../core.ts';
import type { Outcome } from '../refusal.ts';
import { done } from '../refusal.ts';
import { projectStream } from '../streams.ts';
import { mayNotIn, seesProject } from './rights.ts';

/** Makes a project, or finds it where the caller sees it. */
export async function createProject(
  core: Core,
  { id, title }: { readonly id: string; readonly title: string },
  by: Caller,
): Promise<Outcome<{ readonly id: string; readonly title: string }>> {
  return core.commit(by, () => {
    const known = core.projection.projects.get(id);
    const isShown = known !== undefined && seesProject(core, by, id);
    const refused = isShown ? undefined : mayNotIn(core, by, 'create_project', id);
    if (refused !== undefined) return refused;
    if (known !== undefined) return done({ writes: [], reliedOn: [], value: known });
    const write = {
      stream: projectStream(id),
      events: [{ type: 'project.created' as const, data: { at: core.now(), id, title } }],
      project: id,
      lineage: {},
    };
    return done({ writes: [write], reliedOn: [], value: { id, title } });
  });
}
