/** The rules that the nights guard: where each stands, what is put in its place, and what its night says then. */

export type Rule = { readonly file: string; readonly rule: string; readonly instead: string };

export type Planted = Rule & {
  readonly night: string;
  readonly without: string;
  /** Another rule that has to be out of the way for this one to matter. */
  readonly and?: Rule;
  /** What the night says then. */
  readonly says: RegExp;
};

/** Every rule that is taken out once. */
export const planted: readonly Planted[] = [
  {
    night: 'night-1',
    without: 'the remote asking whether the permit is current',
    file: 'enforce/sink/judge-push.ts',
    rule: 'if (!redeemed.ok) return refusedBy(update, redeemed.reason);',
    instead:
      "if (!redeemed.ok) return { update, permitted: true, permit: 'not asked', sentence: '', operation: null, mandate: null };",
    says: /expected 'not asked' to be 'current'/,
  },
  {
    night: 'night-2',
    without: 'delivering the revocation that waited for control',
    file: 'enforce/enforcer/outbox.ts',
    rule: 'for (const { id, mandate, reason } of waiting()) {',
    instead: 'for (const { id, mandate, reason } of waiting().slice(0, 0)) {',
    says: /in vain: the revocation arrives/,
  },
  {
    night: 'night-3',
    without: 'holding a yes from before the machine slept',
    file: 'enforce/enforcer/run-keeper.ts',
    rule: 'run.freeze(cause, why);',
    instead: "if (cause === 'suspended') run.freeze(cause, why);",
    says: /lines of an agent that must not go on/,
  },
  {
    night: 'night-3',
    without: 'counting the age of a kept yes',
    file: 'authority/artifact/answer.ts',
    rule: "if (!isUsable) return { kind: 'ask', actionClass, why: 'age' };",
    instead: '',
    // A run that stands still asks nothing.
    and: {
      file: 'enforce/enforcer/run-keeper.ts',
      rule: 'run.freeze(cause, why);',
      instead: "if (cause === 'suspended') run.freeze(cause, why);",
    },
    says: /lines on a kept yes/,
  },
  {
    night: 'night-4',
    without: 'taking the network from a contained run',
    file: 'enforce/supervisor/sandbox.ts',
    rule: "...(plan.network === 'open' ? ['--share-net'] : []),",
    instead: "'--share-net',",
    says: /expected \[.*\] to deeply equal \[\]/,
  },
  {
    night: 'night-5',
    without: 'keeping governance from agents',
    file: 'apps/server/http/call.ts',
    rule: 'return route.callers.includes(caller.kind) ? undefined',
    instead: 'return process.pid > 0 ? undefined',
    says: /to deeply equal ArrayContaining/i,
  },
  {
    night: 'night-5',
    without: 'a stand-in for the Git directory that worktrees share',
    file: 'enforce/supervisor/sandbox.ts',
    rule: "...bind('--bind', standIn.root, commonDir),",
    instead: "...bind('--bind', commonDir, commonDir),",
    says: /expected \{ hooks: .* to deeply equal/,
  },
  {
    night: 'night-5',
    without: 'putting back what an agent writes of its own rules',
    file: 'enforce/enforcer/run-keeper.ts',
    rule: 'run.lookAtRules();',
    instead: '',
    says: /in vain: its rules are as they were/,
  },
  {
    night: 'night-5',
    without: 'telling control of what was put back',
    file: 'enforce/enforcer/attempts.ts',
    rule: 'if (asked.has(attempt)) return;',
    instead: 'if (asked.size >= 0) return;',
    says: /not recorded: workspace:/,
  },
  {
    night: 'night-6',
    without: 'carrying live children over to the successor',
    file: 'control/mandate/extend.ts',
    rule: 'for (const child of facts.liveDescendants) {',
    instead: 'for (const child of facts.liveDescendants.slice(0, 0)) {',
    says: /expected 's-.*' to be 's-/,
  },
];
