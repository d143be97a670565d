/** The Merkle tree hash of RFC 6962 §2.1 over the hashes of events, in base64url. */
import { hash } from 'node:crypto';

/** The root over `leaves`, of which there is at least one. Leaves and nodes are hashed apart, so that none can stand for the other. */
export function merkleRoot(leaves: readonly string[]): string {
  if (leaves.length === 0) throw new TypeError('a tree without leaves has nothing to prove');
  // Subtrees of falling size, as the binary digits of the number of leaves so far: equal ones are joined at once.
  const subtrees: { readonly size: number; readonly hash: Uint8Array }[] = [];
  for (const leaf of leaves) {
    let tree: (typeof subtrees)[number] = { size: 1, hash: hash('sha256', `\0${leaf}`, 'buffer') };
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
  const input = Buffer.allocUnsafe(1 + left.length + right.length);
  input[0] = 1;
  input.set(left, 1);
  input.set(right, 1 + left.length);
  return hash('sha256', input, 'buffer');
}
