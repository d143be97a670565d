/**
 * `writ doctor`: looks at this installation from outside and says, thing by thing, what is wrong and how to mend it. It reads, asks, and changes nothing; whether the journals hold is for
 * `writ audit verify`.
 */

import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { exitCodes } from '../exit.ts';
import type { Io } from '../io.ts';
import type { Home, PlaneName } from '../place/home.ts';
import { planeNames, whyClosed } from '../place/home.ts';
import { isAlive } from '../place/process-identity.ts';
import type { CommandRun } from '../program/command.ts';
import { flagOption } from '../program/command.ts';
import type { HarnessAdapter } from '@writ/enforce';
import type { Context } from '../program/context.ts';
import { safeText } from '../render/safe-text.ts';
import { answering } from '../supervisor/health.ts';
import { readinessOf } from '../supervisor/readiness.ts';
import { readSupervisorFile } from '../supervisor/supervisor-file.ts';
import { refuseInside } from '../program/refuse-inside.ts';

/** `worse` is something that works less well than it could; `broken` is something that does not work. */
type Finding = {
  readonly what: string;
  readonly state: 'good' | 'worse' | 'broken';
  readonly found: string;
  readonly wayOut: string | null;
};

const good = (what: string, found: string): Finding => ({ what, state: 'good', found, wayOut: null });
const finding = (state: 'worse' | 'broken', what: string, found: string, wayOut: string): Finding => ({
  what,
  state,
  found,
  wayOut,
});

export const run: CommandRun = async (context, input) => {
  refuseInside(context, 'look into what governs it');
  const { home } = context;
  const findings = [
    homeFinding(home),
    await roomFinding(home),
    ...(await storeFindings(home)),
    ...(await planeFindings(context)),
    ...keyFindings(home),
    await sandboxFinding(context, flagOption(input, 'again')),
    ...(await harnessFindings(context, flagOption(input, 'again'))),
    ...(await acpFindings(context, flagOption(input, 'again'))),
  ];
  const isBroken = findings.some(({ state }) => state === 'broken');
  context.answer({ ok: !isBroken, findings: findings.map(({ wayOut, ...rest }) => ({ ...rest, way_out: wayOut })) });
  const style = context.style();
  for (const { what, state, found, wayOut } of findings) {
    const [tone, mark] =
      state === 'good'
        ? (['good', 'done'] as const)
        : state === 'worse'
          ? (['held', 'held'] as const)
          : (['bad', 'failed'] as const);
    context.say(`${style.tone(tone, style.mark(mark))} ${what}: ${safeText(found)}`);
    if (wayOut !== null) context.say(`    ${style.dim(`→ ${safeText(wayOut)}`)}`);
  }
  return isBroken ? exitCodes.failed : exitCodes.done;
};

function homeFinding(home: Home): Finding {
  if (!existsSync(home.root)) return good('state', `${home.root} is not there yet; \`writ up\` makes it`);
  const closed = whyClosed(home);
  if (closed !== null) return finding('broken', 'state', closed, 'use the account it belongs to, or set WRIT_HOME');
  const mode = statSync(home.root).mode & 0o077;
  return mode === 0
    ? good('state', home.root)
    : finding('broken', 'state', `${home.root} can be read by others`, `chmod 700 ${home.root}`);
}

const enoughBytes = 200 * 1024 * 1024;

async function roomFinding(home: Home): Promise<Finding> {
  const folder = existsSync(home.root) ? home.root : '/';
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const shown = `${String(Math.floor(free / 1024 / 1024))} MB free`;
  return free >= enoughBytes
    ? good('disk', shown)
    : finding(
        'broken',
        'disk',
        `${shown} under ${folder}: soon nothing can be recorded, and what is not recorded is not permitted`,
        'make room',
      );
}

async function storeFindings(home: Home): Promise<readonly Finding[]> {
  const [{ inspectStore }, { placeOfPlane, storeOf }, { showStore }] = await Promise.all([
    import('@writ/journal'),
    import('@writ/server'),
    import('../place/store-choice.ts'),
  ]);
  const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));
  let store: string;
  try {
    store = storeOf(home.root);
  } catch (error) {
    return [finding('broken', 'store', said(error), 'mend the file')];
  }
  return Promise.all(
    (['control', 'runtime'] as const).map(async (plane): Promise<Finding> => {
      const what = `journal of ${plane}`;
      try {
        const found = await inspectStore(placeOfPlane(home.root, plane, store));
        if (found.state === 'moved')
          return finding(
            'broken',
            what,
            `it was moved to ${found.to}`,
            'see `store.json`, or put the journal back with `writ store restore`',
          );
        const end = found.state === 'none' ? 'none yet' : `up to position ${String(found.head)}`;
        return good(what, `${end}, in ${showStore(store)}`);
      } catch (error) {
        return finding('broken', what, said(error), '`writ store restore` puts a backup back');
      }
    }),
  );
}

async function planeFindings({ home, planes }: Context): Promise<readonly Finding[]> {
  const file = readSupervisorFile(home.supervisorFile);
  const isSupervised = file !== null && isAlive(file);
  const up = await answering(planes);
  const ready = new Map(
    await Promise.all(
      planeNames.map(async (plane) => [plane, up.has(plane) ? await readinessOf(home, plane) : null] as const),
    ),
  );
  if (!isSupervised && up.size === 0)
    return [
      file === null
        ? good('Writ', 'is down')
        : finding('worse', 'Writ', 'ended without being told to', '`writ up` starts it, and missions go on'),
    ];
  const restarts = (plane: PlaneName): number => file?.planes[plane]?.restarts ?? 0;
  return [
    isSupervised
      ? good('supervisor', `process ${String(file.pid)}, since ${file.since}`)
      : finding('worse', 'supervisor', 'is gone: what dies is not started again', '`writ up` starts another'),
    ...planeNames.flatMap((plane): readonly Finding[] => {
      if (!up.has(plane))
        return [
          finding(
            'broken',
            plane,
            'does not answer',
            `read ${join(home.log, `${plane}.log`)}; \`writ down\` and \`writ up\` start it anew`,
          ),
        ];
      // What is missed of a control that does not answer is said of control.
      const isOfControl = (name: string): boolean => name === 'control' && !up.has('control');
      const failing = ready.get(plane)?.checks.filter(({ name, holds }) => !holds && !isOfControl(name)) ?? [];
      if (failing.length > 0)
        return failing.map(({ name, found }) =>
          finding(
            // That control was not heard for a moment passes; that it does not answer is said of control.
            name === 'control' ? 'worse' : 'broken',
            plane,
            `answers, and is not ready: ${name}: ${found}`,
            wayOutOf(home, plane, name),
          ),
        );
      const died = restarts(plane);
      return [
        died > 3
          ? finding('worse', plane, `answers, and died ${String(died)} times`, `read ${join(home.log, `${plane}.log`)}`)
          : good(plane, ready.get(plane)?.ok === true ? 'answers, and is ready' : 'answers'),
      ];
    }),
  ];
}

/** What mends a condition of a process that does not hold. */
function wayOutOf(home: Home, plane: PlaneName, condition: string): string {
  const log = join(home.log, `${plane}.log`);
  switch (condition) {
    case 'store':
      return `make room, or let the disk of ${join(home.root, plane)} be written; the database, where the journals are in one`;
    case 'clock':
      return 'see to the clock of the machine; `writ down` and `writ up`, once it is right, begin with it anew';
    case 'keys':
      return '`writ keys rotate USE --now` makes another';
    case 'control':
      return 'see what is said of control here; where it is well, wait a moment and look again';
    case 'closing':
      return '`writ up` starts it again';
    default:
      return `read ${log}; \`writ down\` and \`writ up\` start it anew`;
  }
}

/** Keys whose loss is noticed late. */
function keyFindings(home: Home): readonly Finding[] {
  return (['control', 'runtime'] as const).flatMap((plane): readonly Finding[] => {
    const path = join(home.root, plane, 'evidence.key');
    if (!existsSync(path)) return [];
    try {
      accessSync(path, constants.R_OK);
    } catch {
      return [
        finding(
          'broken',
          `evidence key of ${plane}`,
          `${path} cannot be read`,
          'give it back to the account that runs Writ',
        ),
      ];
    }
    return (statSync(path).mode & 0o077) === 0
      ? []
      : [
          finding(
            'broken',
            `evidence key of ${plane}`,
            `${path} can be read by others`,
            `chmod 600 ${path}, and think of what was sealed since as sealed by anybody`,
          ),
        ];
  });
}

/** Tries it where it was not tried yet on this version of macOS, both ways it is used, and keeps what was seen. */
async function showSeatbelt(stateDir: string, io: Io, again: boolean, progress: Context['progress']): Promise<void> {
  const [{ keepShownSeatbelt, seatbelt, shownSeatbelt, trySeatbelt }, { tryAttendedSeatbelt }] = await Promise.all([
    import('@writ/enforce'),
    import('../launcher/try-attended-seatbelt.ts'),
  ]);
  const shown = shownSeatbelt(stateDir);
  if (!again && shown?.system === release() && shown.sessions !== undefined) return;
  progress('writ  trying the sandbox of macOS with what it has to refuse …');
  const [failed, sessions] = [[...(await trySeatbelt(seatbelt))], [...(await tryAttendedSeatbelt(seatbelt))]];
  keepShownSeatbelt(stateDir, { system: release(), at: new Date(io.now()).toISOString(), failed, sessions });
}

async function sandboxFinding({ home, io, progress }: Context, again: boolean): Promise<Finding> {
  const isMac = process.platform === 'darwin';
  if (isMac) await showSeatbelt(home.root, io, again, progress);
  const { probeForSessions, probeSandbox, shownSeatbelt } = await import('@writ/enforce');
  const [sandbox, atTerminal] = await Promise.all([probeSandbox(home.root), probeForSessions(home.root)]);
  if (sandbox.works && atTerminal.works)
    return good(
      'sandbox',
      isMac ? `${sandbox.by} works, shown ${shownSeatbelt(home.root)?.at.slice(0, 10) ?? ''}` : 'works',
    );
  const said = sandbox.works ? `${sandbox.by} works for missions; at a terminal` : null;
  const why = sandbox.works ? (atTerminal.works ? '' : atTerminal.why) : sandbox.why;
  return finding(
    'worse',
    'sandbox',
    `${said === null ? '' : `${said}: `}${why}; agents run as you, and what is enforced is less: \`writ scope\``,
    isMac ? 'tell the makers of Writ what it says, and the version of macOS' : 'install bubblewrap',
  );
}

/** Each installed harness: what its canary showed, which is run for a version that none was run for yet. */
async function harnessFindings({ io, home, progress }: Context, again: boolean): Promise<readonly Finding[]> {
  const [{ harnessAdapters, probeForSessions, shownAdapters, versionOf }, { programOnPath }, { showHarness }] =
    await Promise.all([
      import('@writ/enforce'),
      import('../launcher/harness.ts'),
      import('../launcher/harness-canary.ts'),
    ]);
  const path = io.env['PATH'] ?? '';
  const probe = await probeForSessions(home.root);
  const sandbox = probe.works ? probe : null;
  const findings: Finding[] = [];
  // One after another: side by side they would be slow, and look late.
  for (const adapter of Object.values<HarnessAdapter>(harnessAdapters)) {
    const program = programOnPath(adapter.program.command, path);
    if (program === null) continue;
    const version = await versionOf(adapter, program, path);
    const what = `${adapter.title}${version === null ? '' : ` ${version}`}`;
    if (version === null) {
      findings.push(
        finding('worse', what, 'does not say its version, so that it is unproven', `look at \`${program}\``),
      );
      continue;
    }
    const kept = shownAdapters(home.root)[adapter.name];
    const isKnown = kept !== undefined && kept.version === version && kept.strength !== 'unproven' && !again;
    if (!isKnown) progress(`writ  trying ${what} with a call that has to be refused …`);
    const now = io.now();
    const shown = isKnown
      ? kept
      : await showHarness(adapter, { program, version, path, stateDir: home.root, sandbox, now });
    const escapes = `what escapes: \`writ scope\``;
    findings.push(
      shown.strength === 'unproven'
        ? finding(
            'worse',
            what,
            `unproven: ${shown.failed.join('; ')}`,
            `\`writ adapter test ${adapter.name}\` says more`,
          )
        : good(what, `${shown.strength}, shown ${shown.at.slice(0, 10)}; ${escapes}`),
    );
  }
  return findings;
}

/** Each installed agent of the Agent Client Protocol, likewise, by what it says of itself as a conversation begins. */
async function acpFindings({ io, home, progress }: Context, again: boolean): Promise<readonly Finding[]> {
  const [
    { acpAgents, acpInfoOf, harnessAdapters, probeForSessions, shownAdapters, shownName, wasSeenOf },
    { programOnPath },
    { showAcpAgent },
  ] = await Promise.all([
    import('@writ/enforce'),
    import('../launcher/harness.ts'),
    import('../launcher/harness-canary.ts'),
  ]);
  const path = io.env['PATH'] ?? '';
  const probe = await probeForSessions(home.root);
  const sandbox = probe.works ? probe : null;
  const found = acpAgents.flatMap(({ agent, commands, args }) => {
    const program = commands.map((command) => programOnPath(command, path)).find((one) => one !== null);
    if (program === undefined || agent.harness === null) return [];
    return [{ agent, adapter: harnessAdapters[agent.harness], program, args, path }];
  });
  const kept = shownAdapters(home.root);
  // One that was tried is not started for it again: to say its version alone costs each of them seconds.
  const tried = found.map(({ agent, program }) => {
    const one = kept[shownName(agent)];
    return again || one === undefined || !wasSeenOf(one, program) ? null : one;
  });
  const infos = await Promise.all(
    found.map(async (canary, at) => (tried[at] ? null : acpInfoOf(canary).catch(() => null))),
  );
  const findings: Finding[] = [];
  for (const [at, canary] of found.entries()) {
    const { agent, program } = canary;
    const version = tried[at]?.version ?? infos[at]?.version ?? null;
    const what = `${agent.title} behind an editor (${version === null ? agent.name : `${agent.name} ${version}`})`;
    if (version === null) {
      findings.push(finding('worse', what, 'does not say who it is, so that it is unproven', `look at \`${program}\``));
      continue;
    }
    if (!tried[at]) progress(`writ  trying ${what} with calls that have to be refused …`);
    const now = io.now();
    const shown =
      tried[at] ?? (await showAcpAgent(canary, { program, version, path, stateDir: home.root, sandbox, now }));
    const wayOut = 'behind an editor its sandbox alone is sure to hold it; `writ doctor --again` tries it anew';
    findings.push(
      shown.strength === 'unproven'
        ? finding('worse', what, `unproven: ${shown.failed.join('; ')}`, wayOut)
        : good(what, `${shown.strength}, shown ${shown.at.slice(0, 10)}; what escapes: \`writ scope\``),
    );
  }
  return findings;
}
