/** The program behind `writ claude` and its like, and behind `writ exec`: where it is, what it may be told, and what its adapter puts beside it. */

import { accessSync, constants, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import type { AcpAgent, HarnessAdapter, HookPlace, McpCommand, SandboxKind, SessionFile } from '@writ/enforce/attended';
import type { AdapterContent } from '@writ/enforce/start';
import { givenBy, harnessAdapters, hookPatienceS, makeHome, NotAsTheContract } from '@writ/enforce/start';
import { failed, usage } from '../exit.ts';
import { insidePlaces } from './inside-places.ts';
import type { AsksBy } from './words.ts';
import { openHarnessFolder } from './harness-folder.ts';

/** Which door a person came through: that of a harness, of an agent behind an editor, or any program's. */
export type Door =
  | {
      readonly kind: 'harness';
      readonly adapter: HarnessAdapter;
      readonly argv: readonly string[];
      /** What an adapter of the person's own is; absent for one that comes with Writ. */
      readonly content?: AdapterContent;
    }
  | { readonly kind: 'acp'; readonly agent: AcpAgent; readonly argv: readonly string[] }
  | { readonly kind: 'exec'; readonly argv: readonly string[] };

/** As `writ` calls it. */
export const doorName = (door: Door): string =>
  door.kind === 'harness' ? door.adapter.name : door.kind === 'acp' ? door.agent.name : 'exec';
export const doorTitle = (door: Door): string =>
  door.kind === 'harness' ? door.adapter.title : door.kind === 'acp' ? door.agent.title : (door.argv[0] ?? '');

/** Whose folders in the home, and whose hosts, the program has; null where nothing is known of it. */
export function keptBy(door: Door): HarnessAdapter | null {
  if (door.kind === 'harness') return door.adapter;
  return door.kind === 'acp' && door.agent.harness !== null ? harnessAdapters[door.agent.harness] : null;
}

/** By whose hooks it asks; null where it has none that are told of. */
export const hookedBy = (door: Door): HarnessAdapter | null =>
  door.kind === 'acp' && door.agent.hooks === null ? null : keptBy(door);

/** By what it asks before it acts. */
export function asksBy(door: Door): AsksBy {
  const hooked = hookedBy(door) !== null;
  return door.kind === 'acp' ? (hooked ? 'hooks and editor' : 'editor') : hooked ? 'hooks' : null;
}

/** The real program. Refuses one that is not there, and arguments that go around its hooks. */
export function findProgram(door: Door, path: string, contained: boolean): string {
  const hooked = hookedBy(door);
  if (hooked !== null) refuseBypass(hooked, door.kind === 'acp' ? door.argv.slice(1) : door.argv, contained);
  if (door.kind !== 'harness')
    return find(door.argv[0] ?? '', path, {
      problem: `there is no program \`${door.argv[0] ?? ''}\` on the PATH`,
      wayOut: `install it, or give its path, such as \`writ ${door.kind} -- ./agent.sh\``,
    });
  const { title, name, program } = door.adapter;
  for (const { command, why } of program.needs)
    find(command, path, {
      problem: `there is no \`${command}\` on the PATH, which ${title} needs under Writ: ${why}`,
      wayOut: `install \`${command}\``,
    });
  return find(program.command, path, {
    problem: `${title} is not installed: there is no \`${program.command}\` on the PATH`,
    wayOut: `install it with \`${program.install}\`, or run another program than \`writ ${name}\` with \`writ exec -- COMMAND\``,
  });
}

function refuseBypass(adapter: HarnessAdapter, argv: readonly string[], contained: boolean): void {
  const found = adapter.bypass(argv, { contained });
  if (found === undefined) return;
  throw usage(
    `\`${found.flag}\` cannot be used under Writ: ${found.why}`,
    found.wayOut ?? `leave it out, or start \`${adapter.program.command}\` itself, without a mandate`,
  );
}

export type Harness = {
  /** Before the person's own arguments. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** A folder of files for this session alone; null where it needs none. */
  readonly folder: string | null;
  readonly writesFolder: boolean;
  /** Tells it of MCP servers by what it is started with besides arguments. Gives its environment. */
  readonly tellServers: (servers: readonly McpCommand[]) => Readonly<Record<string, string>>;
} & Disposable;

/** What the adapter puts beside the program, written down. Refuses a program whose hooks would not hold. */
export async function prepareHarness(
  adapter: HarnessAdapter,
  start: {
    readonly program: string;
    readonly argv: readonly string[];
    readonly hook: HookPlace;
    readonly env: NodeJS.ProcessEnv;
    readonly home: string;
    readonly cwd: string;
    /** Of the launcher, in Writ's state. */
    readonly stateDir: string;
    readonly sandbox: SandboxKind | null;
    readonly context: string | null;
  },
): Promise<Harness> {
  makeHome(start.home, adapter.keeps);
  const own = openHarnessFolder(start.stateDir);
  const { path: folder } = own;
  try {
    const started = givenBy(
      'start',
      await adapter.start({
        ...start,
        patienceS: hookPatienceS,
        contained: start.sandbox !== null,
        folder: start.sandbox?.places === 'own' ? insidePlaces.harness : folder,
        cache: start.stateDir,
      }),
    );
    if (started.kind === 'unusable') throw failed(started.problem, started.wayOut);
    for (const file of started.files) writeInto(folder, file);
    const { args, env, writesFolder } = started;
    return {
      args,
      env,
      writesFolder,
      tellServers(servers) {
        const told = adapter.mcpSettings?.(servers, started) ?? started;
        for (const file of told.files) if (!started.files.includes(file)) writeInto(folder, file);
        return told.env;
      },
      folder: started.files.length === 0 ? null : folder,
      [Symbol.dispose]: own[Symbol.dispose],
    };
  } catch (error) {
    own[Symbol.dispose]();
    if (error instanceof NotAsTheContract) throw failed(error.message, '`writ adapter test` says what else is not');
    throw error;
  }
}

function writeInto(folder: string, file: SessionFile): void {
  const path = join(folder, file.path);
  mkdirSync(dirname(path), { recursive: true });
  if ('text' in file) writeFileSync(path, file.text, { mode: 0o600 });
  else symlinkSync(file.linkTo, path);
}

/** What works in the session, as far as its start says: a model that is chosen later is not known. */
export function programOf(
  door: Door,
  env: NodeJS.ProcessEnv,
): { readonly harness: string; readonly model: string | null } {
  const { argv } = door;
  if (door.kind !== 'harness')
    return { harness: door.kind === 'acp' ? door.agent.name : basename(argv[0] ?? ''), model: null };
  const at = argv.findIndex((arg) => arg === '--model' || arg === '-m' || arg.startsWith('--model='));
  const chosen = argv[at]?.split('=')[1] ?? argv[at + 1];
  return { harness: door.adapter.name, model: (at < 0 ? undefined : chosen) ?? env['ANTHROPIC_MODEL'] ?? null };
}

type Missing = { readonly problem: string; readonly wayOut: string };

/** The first program of that name; null where there is none. */
export function programOnPath(name: string, path: string): string | null {
  const candidates = name.includes('/') ? [name] : path.split(delimiter).map((folder) => join(folder, name));
  const found = candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false; // not there, or not a program
    }
  });
  return found ?? null;
}

function find(name: string, path: string, missing: Missing): string {
  const found = programOnPath(name, path);
  if (found === null) throw failed(missing.problem, missing.wayOut);
  return found;
}
