/** What a proof of possession (RFC 9449) may be signed with. Whatever is signed with them, nothing else is taken: a key of another kind proves nothing here. */
export const proofAlgorithms = ['EdDSA', 'Ed25519', 'ES256'];
