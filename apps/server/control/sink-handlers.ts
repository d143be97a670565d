/** The routes on sinks: where effects of a project may go. */

import type { Control } from '@writ/control';
import type { sinkApi, sinkWire } from '@writ/protocol';
import type { z } from 'zod';
import { problem } from '../http/problem.ts';
import type { ControlHandlers } from './caller.ts';
import { askedOf, known } from './caller.ts';
import { answerOf, ok } from './refusal-problem.ts';

export function sinkHandlers(control: Control): Pick<ControlHandlers, keyof typeof sinkApi> {
  const named = ({ id, name }: Readonly<Record<string, string>>) => ({ project: id ?? '', name: name ?? '' });
  return {
    nameSink: async (call) =>
      answerOf(await control.nameSink({ ...named(call.params), ...call.body }, askedOf(call)), sinkToWire),
    forgetSink: async (call) => answerOf(await control.forgetSink(named(call.params), askedOf(call)), sinkToWire),
    listSinks: ({ params, caller }) => {
      const [project, by] = [params['id'] ?? '', known(caller)];
      return control.sees.project(by, project)
        ? ok({ items: control.sinksOf(project, by).map(sinkToWire) })
        : { ok: false, problem: problem(404, 'not_found', `there is no project \`${project}\``) };
    },
  };
}

const sinkToWire = ({
  project,
  name,
  url,
  kind,
  by,
}: ReturnType<Control['sinksOf']>[number]): z.output<typeof sinkWire> => ({
  project,
  name,
  url,
  kind,
  named_by: by,
});
