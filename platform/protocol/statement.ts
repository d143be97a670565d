/** What control signs and for whom, by name: the kinds (`typ`), the issuer, the longest of each. Whoever verifies expects exactly one of them. */

/** The `iss` of everything control signs. What tells two installations apart is their keys. */
export const controlIssuer = 'urn:writ:control';

/** What `begin` gives, and a sink brings back. */
export const permitType = 'writ-permit+jwt';

/** In characters. */
export const maxPermitLength = 8_192;

/** What an enforcement point answers from for a moment: a Mission Status response (draft-mcguinness-oauth-mission-status, "Response") that discloses the chain (RFC 9901). */
export const artifactType = 'mission-status-response+sd-jwt';

/** In characters. A chain that needs more is asked about at control, each time. */
export const maxArtifactLength = 512 * 1024;

/** What control signs as evidence of an approval: a digest of it. It permits nothing. */
export const consentType = 'writ-consent+jwt';

/** What a person signs with a key of their own, to prove that a yes is theirs. */
export const stepUpType = 'writ-step-up+jwt';
