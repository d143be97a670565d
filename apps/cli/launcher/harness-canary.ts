/**
 * The canary of an installed harness: its real program on a model that plays a script, in an empty home, with one call that has to run and others that must not.
 * It needs no key and asks nobody but this machine. What it showed is kept for the scope statement.
 *
 * Where a sandbox works it stands around the program as in a session, and has to hold what the hooks let through.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AcpCanary, HarnessAdapter, RunPlace, SandboxKind, ShownAdapter } from '@writ/enforce';
import { keepShown, programAt, runAcpCanary, runCanary, sessionFolder, shownName } from '@writ/enforce';
import { attendedSandbox } from './attended-sandbox.ts';
import { attendedSeatbelt } from './attended-seatbelt.ts';

export type CanaryPlace = {
  readonly program: string;
  readonly version: string;
  readonly path: string;
  readonly stateDir: string;
  /** What stands around a session here; null: nothing. */
  readonly sandbox: SandboxKind | null;
  readonly now: number;
};

/** Runs it, and keeps what it showed: by its name, or by what it is where it is a person's own. */
export const showHarness = (
  adapter: HarnessAdapter,
  place: CanaryPlace,
  own?: { readonly folder: string; readonly digest: string },
): Promise<ShownAdapter> =>
  kept({ name: own?.folder ?? adapter.name, ...(own && { digest: own.digest }) }, place, () =>
    runCanary(adapter, place.program, place.path, aroundOf(adapter, place)),
  );

/** The same of an agent behind an editor. */
export const showAcpAgent = (canary: AcpCanary, place: CanaryPlace): Promise<ShownAdapter> =>
  kept({ name: shownName(canary.agent) }, place, () => runAcpCanary(canary, aroundOf(canary.adapter, place)));

const aroundOf = (adapter: HarnessAdapter, { sandbox }: CanaryPlace) =>
  sandbox === null ? undefined : sandboxFor(adapter, sandbox);

async function kept(
  { name, digest }: { readonly name: string; readonly digest?: string },
  { program, version, stateDir, now }: CanaryPlace,
  tried: () => ReturnType<typeof runCanary>,
): Promise<ShownAdapter> {
  const own = digest === undefined ? {} : { adapter: digest };
  const which = { version, program: programAt(program), ...own, at: new Date(now).toISOString() };
  const shown = await tried()
    .then(({ lines, wasContained }): ShownAdapter => {
      const failed = lines
        .filter(({ outcome }) => outcome !== 'holds')
        .map(({ what, outcome }) => (outcome === 'late' ? `${what}: it did not come to it in the time given` : what));
      const strength = failed.length > 0 ? 'unproven' : wasContained === true ? 'contain' : 'guard';
      return { ...which, strength, failed };
    })
    .catch((error: unknown): ShownAdapter => {
      const why = error instanceof Error ? error.message : String(error);
      return { ...which, strength: 'unproven', failed: [`it did not run: ${why}`] };
    });
  keepShown(stateDir, name, shown);
  return shown;
}

/** As around a session, but for what only a session has. */
const sandboxFor =
  (adapter: HarnessAdapter, sandbox: SandboxKind) =>
  ({ home, cwd, folder, program }: RunPlace): readonly string[] => {
    // Stand-ins for the session's door.
    const [door, bin, tmp] = [join(folder, '.door'), join(folder, '.bin'), join(folder, '.tmp')];
    for (const one of [door, bin, tmp]) mkdirSync(one, { recursive: true });
    const { made, also, rules, repositoryRules } = adapter.keeps;
    const files = {
      root: cwd,
      cwd,
      home,
      stateDir: join(folder, '.none'),
      harnessState: [...made, ...also, sessionFolder],
      harnessRules: rules,
      repositoryRules,
      harnessFolder: null,
      programs: [program, process.execPath, home, folder],
      readOnly: false,
      door,
      bin,
    };
    // Its model and its hooks are answered on this machine's loopback.
    if (sandbox.places === 'own') return attendedSandbox({ ...files, ownNetwork: false, places: [], filter: null });
    const around = attendedSeatbelt({
      ...files,
      ...{ command: sandbox.command, tmp, given: [], sockets: [], network: 'open', listens: [], terminal: null },
    });
    if (!around.ok) throw new Error(around.why);
    return around.argv;
  };
