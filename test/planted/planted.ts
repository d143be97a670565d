/** The rules that the nights and the law of interleavings guard: where each stands, what is put in its place, and what is said then. */

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
    night: 'procurement',
    without: 'obeying the verdict on what an MCP tool reads',
    file: 'enforce/gateway/mcp/tool-call.ts',
    rule: "return decision === 'permit' ? { ok: true, begun: null }",
    instead: "return decision !== '' ? { ok: true, begun: null }",
    says: /expected \[ false, true \] to deeply equal \[ true, true \]/,
  },
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
    rule: 'atMostMs < bound && !(isStale && bound !== Infinity);',
    instead: 'atMostMs < bound || isStale || bound > 0;',
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

export type PlantedInIncident = Omit<Planted, 'night'> & {
  readonly incident: string;
  /** Of the project `int`, or `e2e`. */
  readonly test: string;
  /** The beginning of its name, where the others in the file say nothing of it. */
  readonly only?: string;
};

/** What happened to others: each incident's test fails without the one rule it guards. */
export const plantedInIncidents: readonly PlantedInIncident[] = [
  {
    incident: 'A3, A8',
    test: 'apps/server/runtime/a-stopping.int.test.ts',
    without: 'leaving a person’s pause to a person',
    file: 'runtime/session/resume.ts',
    rule: "if (session.state.name === 'paused' && session.state.cause === 'person' && wake !== 'person')",
    instead: "if (session.state.name === 'paused' && wake === 'fork')",
    says: /to match object \{ Object \(state, paused_by\) \}/,
  },
  {
    incident: 'A7',
    test: 'apps/server/runtime/a-stopping.int.test.ts',
    without: 'waiting for the sub-agents of a task',
    file: 'runtime/mission/attempt.ts',
    rule: 'await childrenEnded(ports, name.session);',
    instead: '',
    says: /expected 'done' to be 'running'|claimed before its sub-agent ended/,
  },
  {
    incident: 'A9',
    test: 'apps/server/runtime/a-stopping.int.test.ts',
    without: 'keeping what is at work out of the archive',
    file: 'runtime/session/decide.ts',
    rule: "if (!isOver(session) && (session.activity.name === 'turn' || session.runs.length > 0 || isAtTerminal(session)))",
    instead: 'if (session.version < 0)',
    says: /ok: false/,
  },
  {
    incident: 'A12',
    test: 'test/e2e/editor.e2e.test.ts',
    only: 'A12',
    without: 'ending what a cancelled turn left behind',
    file: 'enforce/gateway/acp/acp-proxy.ts',
    rule: 'const left = await deps.endSince(turn.ticks);',
    instead: 'const left = 0;',
    says: /what it left behind changed/,
  },
  {
    incident: 'A13',
    test: 'apps/cli/launcher/a13-a17.int.test.ts',
    only: 'A13',
    without: 'judging the calls of a helper',
    file: 'apps/cli/launcher/judge.ts',
    rule: 'if (place.watches) return watchCall(tool, all);',
    instead: 'if (place.watches || helper !== null) return none;',
    says: /by a helper: expected true to be false/,
  },
  {
    incident: 'A14',
    test: 'apps/cli/launcher/a13-a17.int.test.ts',
    only: 'A14',
    without: 'refusing a tool that nobody knows',
    file: 'enforce/gateway/hooks/tool-call.ts',
    rule: "action: `tool.${tool.replace(/[^A-Za-z0-9_]/g, '_')}`,\n      resource: `shell://${place.project}/unknown-tool`,",
    instead: "action: 'task.note', resource: `mission://${place.project}/notes`,",
    says: /collaboration\.spawn_agent: expected/,
  },
  {
    incident: 'A15',
    test: 'apps/cli/launcher/a13-a17.int.test.ts',
    only: 'A15',
    without: 'following a command to where `cd` takes it',
    file: 'enforce/classify/shell-place.ts',
    rule: "if (name?.text !== 'cd') continue;",
    instead: 'if (name !== undefined) continue;',
    says: /cd \.\.\/own.*: expected true to be false/,
  },
  {
    incident: 'A16',
    test: 'apps/cli/launcher/a13-a17.int.test.ts',
    only: 'A16',
    without: 'forgetting a credential that was taken away',
    file: 'control/projection.ts',
    rule: 'forgetCredential(p, event.data.id);',
    instead: 'void event;',
    // Who was removed is nobody, whatever they bring.
    and: {
      file: 'control/identity/rights.ts',
      rule: 'return record?.isRemoved === true ? undefined : record;',
      instead: 'return record;',
    },
    says: /ok: false|"ok": false/,
  },
  {
    incident: 'A17',
    test: 'apps/cli/launcher/a13-a17.int.test.ts',
    only: 'A17',
    without: 'asking whether a remembered yes was taken back',
    file: 'control/advance/in-force.ts',
    rule: ': isInForce(advance, now);',
    instead: ': now < advance.given.expiresAt;',
    // What was taken back is not found either.
    and: {
      file: 'control/advance/fold.ts',
      rule: 'record.withdrawn === null);',
      instead: 'true);',
    },
    says: /to match object/,
  },
  {
    incident: 'resume points',
    test: 'apps/server/runtime/resume-points.int.test.ts',
    without: 'asking about the next step',
    file: 'runtime/session/core/judge-resume.ts',
    rule: "return pause('scope', step.sentence);",
    instead: "return pause('budget', step.sentence);",
    says: /to match object \{ paused_by: 'scope' \}/,
  },
  {
    incident: 'fork',
    test: 'apps/server/runtime/fork.int.test.ts',
    without: 'asking the mandate at home about each file that comes home',
    file: 'runtime/session/adopt.ts',
    rule: 'if (refusal !== null) return refusal;',
    instead: '',
    says: /ok: false|"ok": false/,
  },
  {
    incident: 'B10',
    test: 'apps/server/runtime/b10-services.int.test.ts',
    without: 'ending what outlived its session',
    file: 'runtime/session/services.ts',
    rule: "if (session !== undefined && isOver(session) && service.state === 'listening')",
    instead: "if (session !== undefined && isOver(session) && service.state === 'gone')",
    says: /expected true to be false/,
  },
  {
    incident: 'B1',
    test: 'apps/server/runtime/b1-conversation.int.test.ts',
    without: 'comparing the conversation with what was recorded of it',
    file: 'runtime/session/core/judge-resume.ts',
    rule: "if (context.as === 'different') return pause('context', context.sentence);",
    instead: '',
    says: /it never came to be: it is paused/,
  },
  {
    incident: 'B2',
    test: 'apps/server/runtime/b2-permissions.int.test.ts',
    without: 'starting a run in the sandbox that was recorded',
    file: 'runtime/runner/start-run.ts',
    rule: 'writable: [...sandbox.writable],',
    instead: 'writable: [request.cwd],',
    says: /read-only/,
  },
  {
    incident: 'B4',
    test: 'apps/server/runtime/b4-place.int.test.ts',
    without: 'looking at branch and HEAD before it goes on',
    file: 'runtime/session/place.ts',
    rule: 'if (found !== null) return compare(workspace, await lookAt(found.place));',
    instead: "if (found !== null) return { as: 'recorded' };",
    says: /it never came to be: it is paused/,
  },
  {
    incident: 'B5',
    test: 'apps/server/runtime/b5-checkpoints.int.test.ts',
    without: 'leaving alone what the work of the session did not make',
    file: 'runtime/workspace/core/plan-rewind.ts',
    rule: "if (work?.created !== true) return { path, does: 'leave'",
    instead: "if (work?.created === null) return { path, does: 'leave'",
    says: /between\.txt/,
  },
  {
    incident: 'approval fatigue',
    test: 'apps/cli/launcher/recorded-sessions.int.test.ts',
    without: 'covering what a preset names',
    file: 'authority/action/asking.ts',
    rule: "const oncePerTarget = { named: 'covered', new: 'first_time' } as const;",
    instead: "const oncePerTarget = { named: 'each_time', new: 'each_time' } as const;",
    says: /to be less than or equal to 1/,
  },
];

export type PlantedInLaw = Omit<Planted, 'night'>;

/** Every rule that the law of interleavings is tried without. */
export const plantedInLaw: readonly PlantedInLaw[] = [
  {
    without: 'the ancestors in the read set',
    file: 'control/judge.ts',
    rule: '  ...chain.map(({ id }) => mandateStream(id)),',
    instead: '  ...chain.slice(-1).map(({ id }) => mandateStream(id)),',
    says: /isAllowed/,
  },
  {
    without: 'the signals in the read set',
    file: 'control/judge.ts',
    rule: '  ...chain.flatMap(({ conditions }) => conditions.map(({ subject }) => signalStream(subject))),',
    instead: '',
    says: /isAllowed/,
  },
  {
    without: 'policy in the read set',
    file: 'control/judge.ts',
    rule: '  policyStream,\n  ...chain',
    instead: '  ...chain',
    says: /isAllowed/,
  },
  {
    without: 'the read set at redeem',
    file: 'control/operation/redeem.ts',
    rule: 'const reliedOn = [...judged.reliedOn, ...destinationStreams(begun.destination)];',
    instead: 'const reliedOn = destinationStreams(begun.destination);',
    says: /redeemed .*isAllowed/,
  },
  {
    without: 'the read set at renewal',
    file: 'control/operation/operations.ts',
    rule: 'reliedOn: [...judged.reliedOn, ...destinationStreams(operation.begun.destination)],',
    instead: 'reliedOn: destinationStreams(operation.begun.destination),',
    says: /renewed .*isAllowed/,
  },
  {
    without: 'telling what policy gives no agent any more to stop',
    file: 'control/receipt/receipts.ts',
    rule: 'const isPermitted = policy.permits && (',
    instead: 'const isPermitted = true || (',
    says: /not isGiven/,
  },
  {
    without: 'telling what policy newly asks about each time to stop',
    file: 'control/receipt/receipts.ts',
    rule: 'policy.asks !== true || approval !== undefined',
    instead: 'true',
    says: /not isGiven/,
  },
  {
    without: 'waiting for a person where a condition asks for one',
    file: 'control/signal/owed.ts',
    rule: "condition.returns === 'by_reinstatement' || ",
    instead: '',
    // What is written down is held by its cause as well.
    and: {
      file: 'control/signal/owed.ts',
      rule: "cause?.condition.returns === 'automatically' && ",
      instead: 'cause && ',
    },
    says: /not (isFresh|isAllowed)/,
  },
  {
    without: 'looking at redeem whether it was ever out of force',
    file: 'control/operation/redeem.ts',
    rule: 'return suspendedSince(core, operation) !== undefined',
    instead: 'return suspendedSince(core, operation) === null',
    says: /isUnbroken/,
  },
  {
    without: 'a pause in the place of a condition that may end by itself',
    file: 'control/mandate/decide.ts',
    rule: 'isHeldByCondition(state) && command',
    instead: "state.name === 'proposed' && command",
    says: /tookPlace/,
  },
  {
    without: 'keeping the epoch that was derived',
    file: 'control/mandate/mandate-table.ts',
    rule: 'if (mandate.epoch >= least) return record;',
    instead: 'if (least >= 0) return record;',
    says: /not only forward/,
  },
  {
    without: 'asking the log for what is new before a yes',
    file: 'control/operation/ask.ts',
    rule: 'await core.journal.refresh();',
    instead: '',
    says: /isFresh/,
  },
];
