/** The Merkle tree hash of RFC 6962 §2.1 over the hashes of events, in base64url. */
import { createHash } from 'node:crypto';

/** The root over `leaves`, of which there is at least one. Leaves and nodes are hashed apart, so that none can stand for the other. */
export function merkleRoot(leaves: readonly string[]): string {
  if (leaves.length === 0) throw new TypeError('a tree without leaves has nothing to prove');
  // Subtrees of falling size, as the binary digits of the number of leaves so far: equal ones are joined at once.
  const subtrees: { readonly size: number; readonly hash: Uint8Array }[] = [];
  for (const leaf of leaves) {
    let tree: (typeof subtrees)[number] = { size: 1, hash: createHash('sha256').update('\0').update(leaf).digest() };
    for (let left = subtrees.at(-1); left?.size === tree.size; left = subtrees.at(-1)) {
      subtrees.pop();
      tree = { size: left.size * 2, hash: join(left.hash, tree.hash) };
    }
    subtrees.push(tree);
  }
  const root = subtrees.map(({ hash }) => hash).reduceRight((right, left) => join(left, right));
  return Buffer.from(root).toString('base64url');
}

function join(left: Uint8Array, right: Uint8Array): Uint8Array {
  return createHash('sha256').update('\u0001').update(left).update(right).digest();
}
