/**
 * What every process, and the doors of agents, tell of by `diagnostics_channel`, as spans; the runtime's are in runtime/session-spans.ts. Agents' turns and tools are named by OpenTelemetry's semantic conventions for generative AI; everything else by the words of
 * docs/ontology.md.
 */

import { toldChannels } from '@writ/enforce/client';
import type { ToldCall, ToldDoor } from '@writ/enforce';
import type { Followed, Telemetry } from './telemetry.ts';

/** Calls of other processes. Whoever is called goes on with the trace. */
const calls: Followed<ToldCall> = {
  channel: toldChannels.call,
  begin: ({ route }) => ({ name: route, kind: 'client', attributes: routeAttributes(route) }),
  carry: (told, carrier) => void Object.assign(told.trace, carrier),
  end: ({ status, code }, span) => {
    span.set({ 'http.response.status_code': status, 'writ.reason': code });
    if (code === 'control_unreachable') span.fail(code);
  },
};

/** What an agent does through its door. */
const door: Followed<ToldDoor> = {
  channel: toldChannels.door,
  begin: ({ route, trace, run, session, mandate }) => {
    const tool = toolOf(route);
    return {
      name: tool === undefined ? route : `execute_tool ${tool}`,
      kind: 'server',
      parent: trace,
      attributes: {
        ...routeAttributes(route),
        ...(tool !== undefined && { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': tool }),
        'gen_ai.conversation.id': session,
        'writ.run': run,
        'writ.mandate': mandate,
      },
    };
  },
  carry: (told, carrier) => void Object.assign(told.trace, carrier),
  end: ({ status }, span) => span.set({ 'http.response.status_code': status }),
};

/** Has what every process tells of be spans. */
export function followCalls(telemetry: Telemetry): void {
  telemetry.follow(calls);
}

/** Has what agents do through their doors be spans. */
export function followDoors(telemetry: Telemetry): void {
  telemetry.follow(door);
}

/** By the semantic conventions for HTTP, whatever carries the call. */
export function routeAttributes(route: string) {
  const [method, path] = route.split(' ', 2);
  return { 'http.request.method': method, 'http.route': path };
}

/** The door's tool that a route is; undefined where it only leads on to control. */
const toolOf = (route: string): string | undefined =>
  route.endsWith(' /control') ? undefined : /^(?:GET|POST) \/([a-z]+)$/.exec(route)?.[1];
