/**
 * What an answer from a signed artifact costs an enforcement point, beside what verifying its signed part alone costs jose's `jwtVerify` (EdDSA), in the same turns, interleaved, the median of a hundred.
 *
 * *First use*: an artifact arrives as text, as one does every second. Its signature, kind and every claim are checked, it is compared with what was asked, and a
 * question is judged; the mandates it names are those of the artifact before. *Verified before*: a question to a point that holds it, both of its clocks read. jose verifies
 * and judges nothing. Beside the two rows, without a bar: an artifact of mandates that were never seen, which are then parsed, checked and made ready too.
 *
 * Run: npm run bench -- artifact, or: node bench/artifact.ts
 */
import { generateKeyPairSync } from 'node:crypto';
import {
  answerFrom,
  classTableVersion,
  evaluatorVersion,
  expandPreset,
  lowestFloor,
  whyNotAccepted,
} from '@writ/authority';
import type { Artifact, JudgedMandate } from '@writ/authority';
import { createArtifactReader, createHeldArtifacts, createKeyStore, createVerdicts, systemClock } from '@writ/enforce';
import type { ControlClient } from '@writ/enforce';
import { artifactToWire, artifactType, controlApi, controlIssuer, discloseMandate } from '@writ/protocol';
import type { Route } from '@writ/protocol';
import { CompactSign, importJWK, jwtVerify } from 'jose';
import { inUs, median, row } from './support/measure.ts';

const hour = 3_600_000;
const now = Date.now();
const artifacts = 64;
const [point, nonce, credential] = ['launcher-bench', 'n'.repeat(36), 'bench'];

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const { x = '' } = publicKey.export({ format: 'jwk' });
const kid = 'k-bench';
const keySet = {
  keys: [{ kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig', writ_use: 'artifact' }],
  epoch: 1,
};

const { authority } = expandPreset('worktree', { project: 'bench' });
const judged = (id: string, parent: string | null): JudgedMandate => ({
  id,
  parent,
  actor: 'builder',
  authority,
  overlays: [],
  conditions: [
    {
      id: 'open',
      subject: 'branch:bench/main',
      test: 'not_equals',
      value: 'frozen',
      onFailure: 'suspend',
      returns: 'by_reinstatement',
      holdMs: 0,
      maxAgeMs: null,
      whenUnreported: 'holds',
    },
  ],
  history: [],
  budgets: [{ kind: 'wall', limitMs: 2 * hour }],
  expiresAt: now + hour,
  approvedAt: now,
  state: { name: 'active', since: now },
  version: 3,
  epoch: 1,
});

const artifactAt = (index: number): Artifact => ({
  audience: point,
  nonce,
  answersFor: 'm-child',
  actor: 'builder',
  actorKey: null,
  chain: [judged('m-root', null), judged('m-child', 'm-root')],
  readings: [{ subject: 'branch:bench/main', value: 'open', at: now, sequence: 4 }],
  spend: ['m-root', 'm-child'].map((mandate) => ({ mandate, tokens: 0, moneyMicros: 0 })),
  slice: null,
  policy: {
    version: 'policy-1',
    refusedToAgents: { 'mandate.administer': 'people do', 'hooks.write': 'nobody does' },
    classes: {},
  },
  versions: { evaluator: evaluatorVersion, classes: classTableVersion },
  issuedAt: now,
  expiresAt: now + hour,
  maxAgeMs: { consequential_read: 5_000, workspace_write: 5_000 },
  position: index,
});

/** As control writes it: the signed statement, then its mandates. `salt`: another one makes every mandate one that was never seen. */
async function signed(artifact: Artifact, salt = ''): Promise<string> {
  const chain = artifact.chain.map((mandate) => discloseMandate(mandate, salt));
  const statement = await new CompactSign(new TextEncoder().encode(JSON.stringify(artifactToWire(artifact, chain))))
    .setProtectedHeader({ alg: 'EdDSA', typ: artifactType, kid })
    .sign(privateKey);
  return [statement, ...chain.map(({ text }) => text), ''].join('~');
}
const range = Array.from({ length: artifacts }, (_, index) => index);
const tokens = await Promise.all(range.map((index) => signed(artifactAt(index))));
const strange = await Promise.all(range.map((index) => signed(artifactAt(index), String(index))));
const statements = tokens.map((text) => text.split('~')[0] ?? '');

/** The two things a point asks of control here, answered without a wire: it is not what is measured. */
const control: ControlClient = {
  call: async (route: Route, input?: { readonly body?: { readonly nonce?: string } }) => {
    if (route === controlApi.keys) return { ok: true, value: keySet };
    const artifact = await signed({ ...artifactAt(1), nonce: input?.body?.nonce ?? '', issuedAt: Date.now() });
    return { ok: true, value: { items: [{ mandate: 'm-child', artifact }] } };
  },
  watch: () => ({ reconnect: () => undefined, done: Promise.resolve() }),
  [Symbol.dispose]: () => undefined,
} as unknown as ControlClient;

const request = { action: 'file.write', resource: 'workspace://bench/src/server/routes/passkey.ts', parameters: {} };
const containment = { files: 'worktree', network: 'none', credentials: 'none' } as const;
const age = { atMostMs: 12, atLeastMs: 1, isStale: false };
const awaited = { audience: point, nonce, mandate: 'm-child', floor: lowestFloor };
const keys = createKeyStore(control, systemClock, 1_000);
const reader = createArtifactReader(keys);

async function useFirst(text: string, by = reader): Promise<void> {
  const read = await by.read(text);
  if (!read.ok) throw new Error(read.why);
  const problem = whyNotAccepted(read.artifact, awaited);
  if (problem !== null) throw new Error(problem);
  const { kind } = answerFrom(read.artifact, { request, containment }, age, 0);
  if (kind !== 'yes') throw new Error('the bench asks what is permitted');
}

const joseKey = await importJWK({ kty: 'OKP', crv: 'Ed25519', x }, 'EdDSA');
const verifyWithJose = async (text: string): Promise<void> => {
  await jwtVerify(text, joseKey, {
    algorithms: ['EdDSA'],
    typ: artifactType,
    issuer: controlIssuer,
    audience: point,
  });
};

await using held = createHeldArtifacts({ control, point, clock: systemClock, timeoutMs: 1_000 });
await held.hold({ mandate: 'm-child', credential });
const verdicts = createVerdicts({ control, artifacts: held, pointToken: () => null });
const asked = {
  ...request,
  mandate: 'm-child',
  credential,
  facts: {},
  parameters: {},
  session: null,
  containment,
};
async function useHeld(): Promise<void> {
  const { from } = await verdicts.check(asked);
  if (from !== 'artifact') throw new Error(`the bench is answered from ${from}`);
}

type Contestant = {
  readonly texts: readonly string[];
  readonly times: number;
  readonly work: (text: string) => Promise<void>;
};
const contestants = {
  jose: { texts: statements, times: 50, work: verifyWithJose },
  first: { texts: tokens, times: 50, work: useFirst },
  strange: { texts: strange, times: 20, work: (text: string) => useFirst(text, createArtifactReader(keys)) },
  held: { texts: tokens, times: 2_000, work: useHeld },
} as const satisfies Record<string, Contestant>;
type Name = keyof typeof contestants;
// The keys of the value above.
const names = Object.keys(contestants) as Name[];

/** Microseconds for one of `times`, one after another, no text the one before. */
async function each({ texts, times, work }: Contestant): Promise<number> {
  const start = process.hrtime.bigint();
  for (let done = 0; done < times; done += 1) await work(texts[done % texts.length] ?? '');
  return Number(process.hrtime.bigint() - start) / 1_000 / times;
}

// A no is not fast here either: what is forged is refused.
const forged = tokens[0]?.replace(/.{8}~/, 'AAAAAAAA~') ?? '';
if ((await reader.read(forged)).ok) throw new Error('a forged artifact was taken');

/** Turns of some milliseconds, so that what else the machine does meets all of them alike; the first are to warm up. */
const turns = 100;
const measured = new Map(names.map((name) => [name, [] as number[]]));
for (let turn = -10; turn < turns; turn += 1) {
  // The turns leave it no time to renew itself.
  await held.renew();
  for (const name of names) {
    const microseconds = await each(contestants[name]);
    if (turn >= 0) measured.get(name)?.push(microseconds);
  }
}
const costOf = (name: Name): number => median(measured.get(name) ?? []);
const cost = { jose: costOf('jose'), first: costOf('first'), strange: costOf('strange'), held: costOf('held') };
const [whole, part] = [tokens[0]?.length ?? 0, statements[0]?.length ?? 0];
process.stdout.write(
  `an artifact of ${String(whole)} characters, ${String(part)} of them signed; two mandates deep, ${String(authority.length)} entries each\n`,
);
const besideJose = { beside: 'jose `jwtVerify`, EdDSA', theirs: inUs(cost.jose) };
row({
  ...besideJose,
  what: 'signed artifact, first use',
  ratio: cost.jose / cost.first,
  bar: { atLeast: 1.4 },
  ours: inUs(cost.first),
});
row({
  ...besideJose,
  what: 'signed artifact, verified before',
  ratio: cost.jose / cost.held,
  bar: { atLeast: 30 },
  ours: inUs(cost.held),
});
process.stdout.write(
  `  the first of all, its mandates read and made ready as well: ${(cost.jose / cost.strange).toFixed(2)} ×   ${inUs(cost.strange)}\n`,
);
