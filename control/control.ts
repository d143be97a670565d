/**
 * Control: the service that owns legitimacy. Opens the journal's fold, the keys and the identities, and offers commands and queries over them.
 *
 * It refuses to answer from anything but the fold of its journal, and judgement never waits for a timer: expiry is judged at every check, and
 * the timer only writes it down.
 */

import { explain } from '@writ/authority';
import type { Checkpoint, Journal } from '@writ/journal';
import { KeptFold, Notary, openEvidenceKey } from '@writ/journal';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Advances } from './advance/advances.ts';
import { createAdvances } from './advance/advances.ts';
import type { Approvals } from './approval/approvals.ts';
import { createApprovals } from './approval/approvals.ts';
import { createApproving } from './approval/approving.ts';
import type { Evidences } from './approval/evidence.ts';
import type { Requests } from './approval/requests.ts';
import { createRequests } from './approval/requests.ts';
import { createEvidence } from './approval/evidence.ts';
import type { Waiting } from './approval/waiting.ts';
import type { Recovered } from './identity/recovery.ts';
import { recoveriesFor } from './identity/recovery.ts';
import { waitingFor } from './approval/waiting.ts';
import { recordAttempt, tryToWrite, writeRepeats } from './attempts.ts';
import { whyNothingLeft } from './budget/spent.ts';
import type { Statement } from './budget/statement.ts';
import { statementsOf } from './budget/statement.ts';
import { UnderWay } from './budget/under-way.ts';
import type { Usage } from './budget/usage.ts';
import { usageOf } from './budget/usage.ts';
import type { Caller, Person, Point } from './caller.ts';
import type { Asked } from './commit.ts';
import { claim, createCommit } from './commit.ts';
import type { Core } from './core.ts';
import type { Erasures } from './erasure/erasures.ts';
import { createErasures, createRetention } from './erasure/erasures.ts';
import { idMaker } from './core.ts';
import type { IdentitiesAndPeople } from './identity/identities.ts';
import { openIdentities } from './identity/identities.ts';
import type { ActorProofs } from './identity/actor-proof.ts';
import { createActorProofs } from './identity/actor-proof.ts';
import { createProject } from './identity/projects.ts';
import type { Sight } from './identity/rights.ts';
import { sightOf } from './identity/rights.ts';
import { keptProjection } from './kept-projection.ts';
import { writeExpiries } from './mandate/expiries.ts';
import type { MandateRecord } from './mandate/mandate-record.ts';
import type { Mandates } from './mandate/mandates.ts';
import { createMandates } from './mandate/mandates.ts';
import { createMandatePlans } from './mandate/plans.ts';
import { chainOf, current } from './mandate/lineage.ts';
import type { Operations } from './operation/operations.ts';
import { createOperations } from './operation/operations.ts';
import type { OperationRecord } from './operation/operation-record.ts';
import { forgottenBefore, operationOf } from './operation/past.ts';
import type { Redeem } from './operation/redeem.ts';
import { createRedeem } from './operation/redeem.ts';
import type { StepUps } from './identity/step-up.ts';
import { openStepUp } from './identity/step-up.ts';
import type { Policies } from './policy/adopting.ts';
import { adoptBuiltIn, createPolicies } from './policy/adopting.ts';
import { basePolicy } from './policy/policy.ts';
import type { Projection } from './projection.ts';
import type { Receipts } from './receipt/receipts.ts';
import { createReceipts } from './receipt/receipts.ts';
import type { Outcome } from './refusal.ts';
import { done } from './refusal.ts';
import type { Points } from './registry/points.ts';
import { createPoints } from './registry/points.ts';
import { createRepeats } from './repeats.ts';
import type { HeardPoint } from './registry/registry.ts';
import { createRegistry } from './registry/registry.ts';
import type { SuggestionQueries } from './mandate/suggestions.ts';
import { createSuggestions } from './mandate/suggestions.ts';
import { keepSeen, readSeen } from './restore/seen-file.ts';
import type { Witness } from './restore/witness.ts';
import { createWitnesses } from './restore/witness.ts';
import type { Deliveries } from './signal/deliveries.ts';
import { createDeliveries } from './signal/deliveries.ts';
import type { Signals } from './signal/signals.ts';
import type { Sinks } from './sink/sinks.ts';
import { createSinks } from './sink/sinks.ts';
import { createSignals } from './signal/signals.ts';
import type { Sources } from './signal/sources.ts';
import { createSources } from './signal/sources.ts';
import type { Artifacts } from './token/artifacts.ts';
import { artifactLifeMs, createArtifacts } from './token/artifacts.ts';
import type { Keys } from './token/keys.ts';
import { openKeys } from './token/keys.ts';
import { makeRing } from './token/renew-ring.ts';
import { createWriting } from './writing.ts';

export type ControlOptions = {
  /** The folder of this plane: keys and tokens, readable by control's user alone. */
  readonly dir: string;
  readonly now: () => number;
  /** The clock of the machine, by which a proof of a key was made just now. Default: `now`. */
  readonly wall?: () => number;
  readonly random: (bytes: number) => Uint8Array;
  /** Control's own journal; whoever opened it closes it, after control. */
  readonly journal: Journal;
  /** Given a sentence for the log of the process. Default: nobody is told. */
  readonly tell?: (sentence: string) => void;
  /** Whether keys are made here; not on a machine that joined the one that makes them. Default: they are. */
  readonly makesKeys?: boolean;
};

export interface Control
  extends
    Mandates,
    Approvals,
    Advances,
    Evidences,
    Requests,
    Omit<Operations, 'settleOverdue' | 'settleNeverTaken'>,
    Points,
    Pick<Receipts, 'acknowledge'>,
    IdentitiesAndPeople,
    StepUps,
    Policies,
    Signals,
    SuggestionQueries,
    Erasures,
    Sources,
    Deliveries,
    Sinks,
    Keys,
    Artifacts,
    AsyncDisposable {
  /** Proofs of the keys that mandates name for their actors. */
  readonly proofs: ActorProofs;
  /** The thumbprint of the key that has to be proven beside a credential of this caller; null where a bearer will do. */
  keyOf(caller: Caller): string | null;
  /** Differs each time control starts. */
  readonly boot: string;
  readonly redeem: Redeem;
  /** What a mandate and all below it may use, used, hold and promised; parents before children, empty for no mandate. */
  statements(mandate: string): readonly Statement[];
  /** Of which budget of it, or of one above, nothing is left, in one sentence; null while something is left of each. */
  nothingLeft(mandate: string): string | null;
  /** All an operation has used so far; undefined where nobody said. */
  usageOf(operation: string): Usage | undefined;
  /** An operation of any age; undefined where there is none. */
  operation(id: string): Promise<OperationRecord | undefined>;
  /** A page of those that are over since long, newest first. */
  forgottenOperations(before: number, page: Parameters<typeof forgottenBefore>[2]): ReturnType<typeof forgottenBefore>;
  /** What is known now. Read only; `mandateChain` and `answering` are the ways through it. */
  readonly state: Readonly<Projection>;
  /** What waits for a person here, what waited longest first. */
  waiting(by: Person | Point): readonly Waiting[];
  /** Keys of people that were set with the code that stands in for a lost one, within a week. */
  recoveries(by: Person | Point): readonly Recovered[];
  /** What a caller is shown. Whatever it is not shown is answered as what does not exist. */
  readonly sees: Sight;
  /** The mandate and its ancestors, root first. */
  mandateChain(id: string): ReturnType<typeof chainOf>;
  /** The mandate that answers for `id` now: itself or its successor. */
  answering(id: string): MandateRecord | undefined;
  createProject(
    project: { readonly id: string; readonly title: string },
    by: Caller,
  ): Promise<Outcome<{ readonly id: string; readonly title: string }>>;
  /** Takes an idempotency key for one body alone, for a command that may be done twice. */
  claimKey(route: string, asked: Asked): Promise<Outcome<void>>;
  /** Keeps the record of something a caller tried and may not do. */
  recordAttempt(
    attempt: { readonly attempted: string; readonly target: string | null; readonly code: string },
    by: Caller,
  ): Promise<void>;
  /** Writes down what has fallen due: expiries, lapses, the closing of receipts, interrupts that a stop could not see, operations left unsettled, keys. */
  tick(): Promise<void>;
  /** A point says what it has seen of this journal; resolves with whether the journal still has it. One that has not is another incarnation, with every mandate suspended. */
  witnessed(witness: Witness, from: string): Promise<Outcome<boolean>>;
  /** The enforcement points heard within the last hour, and what each said last. */
  heardPoints(): readonly HeardPoint[];
  /** The newest event, to be witnessed. */
  standing(): Witness;
  /** The newest signed checkpoint of this journal. */
  checkpoint(): Checkpoint | null;
  /** Records the other plane's newest. */
  keepCheckpoint(checkpoint: Checkpoint): Promise<void>;
  readonly now: () => number;
  readonly journal: Journal;
}

/** A checkpoint is signed when the last one is older than this, or has more than that behind it. */
const sealEveryMs = 60_000;
const sealEveryEvents = 1_000;

/** Opens control over its journal: replays it, makes the tokens and keys that are missing, and interrupts what was left running. */
export async function openControl({
  dir,
  now,
  wall = now,
  random,
  journal,
  tell = untold,
  makesKeys = true,
}: ControlOptions): Promise<Control> {
  const evidence = openEvidenceKey(join(dir, 'evidence.key'));
  const keysOfSnapshots = { own: openEvidenceKey(join(dir, 'snapshot.key')), evidence };
  const kept = await KeptFold.open(journal, keptProjection, { keys: keysOfSnapshots, now, tell });
  const projection = kept.state;
  const writing = createWriting(journal, () => performance.now());
  const core: Core = {
    journal,
    writing,
    projection,
    registry: createRegistry(),
    get policy() {
      return projection.policy ?? basePolicy;
    },
    commit: createCommit(writing, projection),
    now,
    newId: idMaker(random),
    find: (id) => projection.mandates.get(id),
    readings: (subject) => projection.subjects.get(subject)?.reading,
    pendingBegins: { count: 0 },
    repeats: createRepeats(now),
    underWay: new UnderWay(projection),
  };
  const receipts = createReceipts(core);
  const keysFolder = join(dir, 'keys');
  const sweep = (): Promise<void> => receipts.sweep();
  const witnesses = createWitnesses(core, sweep, () => makeRing(core, keysFolder));
  const seenPath = join(dir, 'seen.json');
  const seen = readSeen(seenPath);
  // Before anything is answered or written: a journal that was put back from a backup is another life of it,
  const restoredPath = join(dir, 'restored.json');
  const restored = readSeen(restoredPath);
  const told = restored === undefined ? undefined : await witnesses.hear(restored, 'restore');
  if (told?.ok === false)
    throw new Error('that a backup was put back cannot be written down; control does not start without it');
  rmSync(restoredPath, { force: true });
  // and what this plane itself has seen must still be there.
  if (seen !== undefined) await witnesses.hear(seen, 'control');
  const note = keepSeen(seenPath, () => witnesses.standing());
  const noting = journal.project(() => note.changed());
  const notary = await Notary.open(journal, { plane: 'control', key: evidence, now });
  const retention = createRetention(core, tell);
  await adoptBuiltIn(core);
  const { keys, signers, keep: keepKeys } = await openKeys(core, keysFolder, { artifactLifeMs, makesKeys });
  const identities = await openIdentities(core, { folder: dir, random });
  const { stepUps, prove } = await openStepUp(core, { folder: keysFolder, random });
  const approving = createApproving(core, prove);
  const mandates = createMandates(core, approving);
  const signals = createSignals(core);
  const { secretOf, ...sources } = createSources(core, { folder: join(dir, 'sources'), random });
  const approvals = createApprovals(core, approving);
  const operations = createOperations(core, signers, approvals);
  await signals.settleRunning();
  const points = createPoints(core);
  await receipts.sweep();
  return {
    ...mandates,
    ...swept(core, receipts, { ...mandates, ...signals, ...createDeliveries(core, signals, secretOf) }),
    ...sources,
    ...createSuggestions(core),
    ...createErasures(core, retention),
    ...identities,
    ...losing(identities, sweep),
    ...stepUps,
    ...createPolicies(core, approving, sweep),
    ...keys,
    ...createArtifacts(core, signers, (token) => identities.authenticate(token)),
    ...operations,
    ...approvals,
    ...createAdvances(core, approving),
    ...createEvidence(core, signers),
    ...createRequests(core, createMandatePlans(core, approving), approvals),
    ...createSinks(core),
    ...points,
    register: async (...args) => {
      const registered = await points.register(...args);
      // What it holds may hang on readings from before it was heard.
      await signals.settleRunning();
      return registered;
    },
    acknowledge: (...args) => receipts.acknowledge(...args),
    witnessed: (witness, from) => witnesses.hear(witness, from),
    heardPoints: () => core.registry.points(now()),
    standing: () => witnesses.standing(),
    checkpoint: () => notary.latest,
    keepCheckpoint: (checkpoint) => notary.witness(checkpoint),
    redeem: createRedeem(core, signers),
    proofs: createActorProofs({ now: wall, random }),
    keyOf: (caller) => (caller.kind === 'actor' ? (core.find(caller.mandate)?.mandate.actorKey ?? null) : null),
    boot: core.newId('boot'),
    state: projection,
    operation: (id) => operationOf(core, id),
    forgottenOperations: (before, page) => forgottenBefore(core, before, page),
    mandateChain: (id) => chainOf(core.find, id),
    answering: (id) => current(core.find, id),
    sees: sightOf(core),
    waiting: (by) => waitingFor(core, by, (approval) => approvals.isOpen(approval)),
    recoveries: (by) => recoveriesFor(core, by),
    statements: (mandate) => statementsOf(core, mandate),
    nothingLeft: (mandate) => {
      const reason = whyNothingLeft(core, chainOf(core.find, mandate));
      return reason === undefined ? null : explain(reason).sentence;
    },
    usageOf: (operation) => usageOf(projection, operation),
    createProject: (project, by) => createProject(core, project, by),
    claimKey: (route, asked) => claimKey(core, route, asked),
    recordAttempt: (attempt, by) => recordAttempt(core, attempt, by),
    tick: async () => {
      await tryToWrite(core);
      await writeExpiries(core);
      await signals.returnDue();
      await receipts.closeDue();
      await receipts.sweep();
      await writeRepeats(core, core.repeats.due());
      await operations.settleOverdue();
      await operations.settleNeverTaken();
      await keepKeys();
      await notary.sealDue(sealEveryMs, sealEveryEvents);
      await kept.keepDue();
      retention.sweepDue();
    },
    now,
    journal,
    [Symbol.asyncDispose]: async () => {
      await writeRepeats(core, core.repeats.due('all'));
      noting[Symbol.dispose]();
      await retention[Symbol.asyncDispose]();
      await notary.seal();
      await kept[Symbol.asyncDispose]();
      notary[Symbol.dispose]();
      note[Symbol.dispose]();
    },
  };
}

const untold = (): void => undefined;

/** Who loses what they may do says yes in advance to nothing any more, also not to what began on such a yes. */
const losing = (
  people: IdentitiesAndPeople,
  sweep: () => Promise<void>,
): Pick<IdentitiesAndPeople, 'grantRoles' | 'removePerson'> => ({
  grantRoles: async (...args) => {
    const outcome = await people.grantRoles(...args);
    await sweep();
    return outcome;
  },
  removePerson: async (...args) => {
    const outcome = await people.removePerson(...args);
    await sweep();
    return outcome;
  },
});

/** Stops that look again for begins that were under way while they were decided. */
function swept(
  core: Core,
  receipts: Receipts,
  commands: Mandates & Signals & Deliveries,
): Pick<Mandates, 'stop' | 'stopAll' | 'relinquish' | 'extend'> & Signals & Deliveries {
  const after = async <T>(work: Promise<T>): Promise<T> => {
    const wereUnderWay = core.pendingBegins.count > 0;
    const outcome = await work;
    if (wereUnderWay) await receipts.sweep();
    return outcome;
  };
  return {
    stop: (...args) => after(commands.stop(...args)),
    stopAll: (...args) => after(commands.stopAll(...args)),
    relinquish: (...args) => after(commands.relinquish(...args)),
    extend: (...args) => after(commands.extend(...args)),
    report: (...args) => after(commands.report(...args)),
    hearGithub: (...args) => after(commands.hearGithub(...args)),
    hearSet: (...args) => after(commands.hearSet(...args)),
  };
}

function claimKey({ projection, commit, now }: Core, route: string, asked: Asked): Promise<Outcome<void>> {
  return commit(asked.by, () => {
    const claimed = claim(projection, asked, `route ${route}`, now());
    if ('ok' in claimed) return claimed;
    return done({ writes: claimed.kind === 'new' ? claimed.writes : [], reliedOn: [], value: undefined });
  });
}
