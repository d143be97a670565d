/** The routes on policy. Each translates to one command or query of control and back. */

import type { Control, PolicyRules } from '@writ/control';
import { ruleWords } from '@writ/control';
import type { policyApi, PolicyDocumentWire } from '@writ/protocol';
import type { ControlHandlers } from './caller.ts';
import { askedOf, known } from './caller.ts';
import { answerOf, ok } from './refusal-problem.ts';

export function policyHandlers(control: Control): Pick<ControlHandlers, keyof typeof policyApi> {
  return {
    policy: () => {
      const { policy, waiting } = control.policy();
      const { version, rules, refusedToAgents } = policy;
      return ok({
        version,
        document: toWire(rules),
        refused_to_agents: { ...refusedToAgents },
        words: [...ruleWords(rules)],
        waiting: [...waiting],
      });
    },
    previewPolicy: ({ body, caller }) =>
      answerOf(control.previewPolicy(fromWire(body), known(caller)), (preview) => ({
        version: preview.version,
        text: preview.text,
        text_digest: preview.textDigest,
        changes: preview.changes.map(({ changes, ...mandate }) => ({ ...mandate, changes: [...changes] })),
        proposed_by: preview.proposedBy,
      })),
    adoptPolicy: async (call) => {
      const { document, text_digest: textDigest, step_up: stepUp } = call.body;
      const adopted = await control.adoptPolicy(fromWire(document), { textDigest, stepUp }, askedOf(call));
      return answerOf(adopted, ({ state, policy }) => ({ state, version: policy.version }));
    },
  };
}

type Rule = NonNullable<PolicyDocumentWire['classes']['external_commitment']>;

function fromWire({ classes, refused_to_agents: refusedToAgents }: PolicyDocumentWire): PolicyRules {
  const rules: Record<string, PolicyRules['classes'][keyof PolicyRules['classes']]> = {};
  for (const [name, rule] of Object.entries<Rule | undefined>(classes)) {
    const said = rule === undefined ? {} : ruleFrom(rule);
    // A class nothing is said of is not named, so that the same rules are the same version.
    if (Object.keys(said).length > 0) rules[name] = said;
  }
  return { classes: rules, refusedToAgents };
}

const ruleFrom = ({ approved_by_another: another, step_up: stepUp, ask_each_time: each, max_yes_ms: ms }: Rule) => ({
  ...(another === true && { approvedByAnother: true as const }),
  ...(stepUp === true && { stepUp: true as const }),
  ...(each === true && { askEachTime: true as const }),
  ...(ms !== undefined && { maxYesMs: ms }),
});

function toWire({ classes, refusedToAgents }: PolicyRules): PolicyDocumentWire {
  const wire: Record<string, Rule> = {};
  for (const [name, { approvedByAnother, stepUp, askEachTime, maxYesMs }] of Object.entries(classes))
    wire[name] = {
      ...(approvedByAnother === true && { approved_by_another: true }),
      ...(stepUp === true && { step_up: true }),
      ...(askEachTime === true && { ask_each_time: true }),
      ...(maxYesMs !== undefined && { max_yes_ms: maxYesMs }),
    };
  return { writ_policy: 1, classes: wire, refused_to_agents: { ...refusedToAgents } };
}
