/**
 * The nonces that proofs of possession carry (RFC 9449 §8), and what was proven with each.
 *
 * INVARIANT: a proof is good once, in the process that asked for it. A nonce is drawn by one process in one of its lives and told to nobody else, so that a proof means nothing to
 * another or after a restart; what was seen is kept for as long as its nonce is taken.
 */

export interface ProofNonces {
  /** The nonce that new proofs are to carry. */
  current(): string;
  /** Takes the one use that `use` is of a nonce. */
  take(nonce: string | undefined, use: string): 'taken' | 'used' | 'unknown';
}

export type ProofNoncesOptions = {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
  /** How many proofs one nonce is good for; then the next takes its place, so that what is kept is bounded. */
  readonly proofsPerNonce?: number;
};

/** For how long new proofs carry a nonce; it is taken for as long again. Milliseconds. */
const nonceMs = 120_000;

export function createProofNonces({ now, random, proofsPerNonce = 10_000 }: ProofNoncesOptions): ProofNonces {
  const draw = () => ({
    nonce: Buffer.from(random(24)).toString('base64url'),
    since: now(),
    seen: new Set<string>(),
  });
  let [current, previous] = [draw(), draw()];

  function turn(): void {
    const age = now() - current.since;
    if (age >= 0 && age < nonceMs && current.seen.size < proofsPerNonce) return;
    // After two of its spans, or with a clock that went back, what came before is over as well.
    previous = age >= 2 * nonceMs || age < 0 ? draw() : current;
    current = draw();
  }

  return {
    current: () => {
      turn();
      return current.nonce;
    },
    take(nonce, use) {
      turn();
      const window = [current, previous].find((one) => one.nonce === nonce);
      if (window === undefined) return 'unknown';
      if (window.seen.has(use)) return 'used';
      window.seen.add(use);
      return 'taken';
    },
  };
}
