/** The Merkle tree hash of RFC 6962 §2.1 over the hashes of events, in base64url. */
import { hash } from 'node:crypto';

/** A digest as text, a character for each byte: several times cheaper to have and to keep than a buffer. */
type Digest = string;

const digestLength = 32;
const nodeInput = Buffer.alloc(1 + 2 * digestLength, 1);

/** The root over `leaves`, of which there is at least one. Leaves and nodes are hashed apart, so that none can stand for the other. */
export function merkleRoot(leaves: readonly string[]): string {
  if (leaves.length === 0) throw new TypeError('a tree without leaves has nothing to prove');
  // Subtrees of falling size, as the binary digits of the number of leaves so far: equal ones are joined at once.
  const subtrees: { readonly size: number; readonly hash: Digest }[] = [];
  for (const leaf of leaves) {
    let tree: (typeof subtrees)[number] = { size: 1, hash: hash('sha256', `\0${leaf}`, 'binary') };
    for (let left = subtrees.at(-1); left?.size === tree.size; left = subtrees.at(-1)) {
      subtrees.pop();
      tree = { size: left.size * 2, hash: join(left.hash, tree.hash) };
    }
    subtrees.push(tree);
  }
  const root = subtrees.map((tree) => tree.hash).reduceRight((right, left) => join(left, right));
  return Buffer.from(root, 'latin1').toString('base64url');
}

function join(left: Digest, right: Digest): Digest {
  nodeInput.write(left, 1, 'latin1');
  nodeInput.write(right, 1 + digestLength, 'latin1');
  return hash('sha256', nodeInput, 'binary');
}
