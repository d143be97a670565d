/**
 * The door of an attended session: what works in it asks people for what it was refused, as itself, and finds `writ` first on its PATH.
 *
 * It gives no authority: whoever comes through is the session, whatever credential they bring, and nothing goes through while the session stands still.
 */

import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Containment } from '@writ/authority';
import type { AgentDoor, SandboxKind, SessionWays, Verdicts } from '@writ/enforce/attended';
import { binPath, doorPath, openDoor } from '@writ/enforce/attended';
import { endpointOf } from '../connect/planes.ts';
import type { Home } from '../place/home.ts';
import { insidePlaces } from './inside-places.ts';
import type { OpenSession } from './open-session.ts';

export type SessionDoor = AsyncDisposable & {
  /** The socket, and the folder of the command, outside. */
  readonly socketPath: string;
  readonly bin: string;
  /** The folder of the command, as the session finds it. */
  readonly binInside: string;
  /** What the session's environment says of it. */
  readonly env: Readonly<Record<string, string>>;
};

/** The program's own entry: what `writ` starts. */
export const ownEntry = fileURLToPath(new URL('../writ.js', import.meta.url));

/** Opens it. */
export async function openSessionDoor(
  home: Home,
  session: OpenSession,
  how: {
    readonly project: string;
    readonly containment: Containment;
    readonly verdicts: Verdicts;
    readonly path: string;
    /** Of the sandbox around it; null: none stands there. */
    readonly places: SandboxKind['places'] | null;
    readonly mcp: SessionWays['mcp'];
    readonly standsStill: () => boolean;
  },
): Promise<SessionDoor> {
  const { id, mandate, credential } = session;
  const { project, containment, verdicts, path, places, mcp, standsStill } = how;
  const door: AgentDoor = await openDoor(
    { run: id, session: id, mandate, project, credential, containment },
    doorPath(home.root, id),
    {
      verdicts,
      controlBase: () => endpointOf(home.controlEndpoint),
      runtime: session.runtimeAsPoint,
      whenStarted: () => Promise.resolve(),
      closedBecause: () => (standsStill() ? 'the session stands still' : null),
      mcp,
      more: [],
    },
  );
  const bin = binPath(home.root);
  const { socketPath } = door;
  const inside = places === 'own' ? insidePlaces : { door: socketPath, bin };
  return {
    socketPath,
    bin,
    binInside: inside.bin,
    env: { WRIT_DOOR: inside.door, WRIT_NODE: process.execPath, PATH: [inside.bin, path].join(delimiter) },
    [Symbol.asyncDispose]: () => door.close(),
  };
}
