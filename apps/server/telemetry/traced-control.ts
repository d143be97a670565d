/**
 * The same control, whose verdicts, operations and stops are spans and counted. It translates what control answered into attributes, and changes nothing of it.
 *
 * A refusal is an answer, not an error: its span carries the reason and does not fail.
 */

import { actionClasses } from '@writ/authority';
import type { Verdict } from '@writ/authority';
import type { Control, Outcome, Refusal } from '@writ/control';
import type { Attributes, Telemetry } from './telemetry.ts';

/** `control`, told of to `telemetry`. */
export function tracedControl(control: Control, telemetry: Telemetry): Control {
  const verdicts = telemetry.counter({
    name: 'writ.verdicts',
    unit: '{verdict}',
    description: 'answers of control to whether something is allowed, by outcome and class of the action',
  });
  const refusals = telemetry.counter({
    name: 'writ.refusals',
    unit: '{refusal}',
    description: 'what control did not do or permit, by reason',
  });
  gauges(control, telemetry);

  /** What a verdict or a refusal says, counted. */
  const tell = (asked: string, verdict: Verdict | undefined, refusal: Refusal | undefined): Attributes => {
    const reason = verdict !== undefined && verdict.decision !== 'permit' ? verdict.reason.code : refusal?.code;
    if (reason !== undefined) refusals(1, { 'writ.asked': asked, 'writ.reason': reason });
    if (verdict === undefined)
      return { 'writ.outcome': refusal === undefined ? 'done' : 'refused', 'writ.reason': reason };
    const attributes = { 'writ.decision': verdict.decision, 'writ.action.class': verdict.actionClass };
    verdicts(1, { 'writ.asked': asked, ...attributes });
    return { ...attributes, 'writ.reason': reason };
  };
  const told = <T>(
    asked: string,
    attributes: Attributes,
    act: () => Promise<Outcome<T>>,
    read: (value: T) => { readonly verdict?: Verdict; readonly attributes?: Attributes } = () => ({}),
  ): Promise<Outcome<T>> =>
    telemetry.span(`mandate.${asked}`, { attributes }, async (span) => {
      const outcome = await act();
      const found = outcome.ok ? read(outcome.value) : { verdict: verdictIn(outcome.refusal) };
      span.set({ ...tell(asked, found.verdict, outcome.ok ? undefined : outcome.refusal), ...found.attributes });
      return outcome;
    });

  const traced: Pick<Control, 'check' | 'begin' | 'renew' | 'settle' | 'redeem' | 'stop' | 'stopAll'> = {
    check: (ask, by) =>
      told(
        'verdict',
        asks(ask),
        () => control.check(ask, by),
        ({ verdict }) => ({ verdict }),
      ),
    begin: (ask, leaseMs, asked) =>
      told(
        'begin',
        asks(ask),
        () => control.begin(ask, leaseMs, asked),
        ({ verdict, operation }) => ({ verdict, attributes: { 'writ.operation': operation.begun.id } }),
      ),
    renew: (id, ...rest) => told('renew', { 'writ.operation': id }, () => control.renew(id, ...rest)),
    settle: (id, outcome, ...rest) =>
      told('settle', { 'writ.operation': id, 'writ.settled': outcome }, () => control.settle(id, outcome, ...rest)),
    redeem: (asked, by) =>
      told(
        'redeem',
        { 'writ.action': asked.action },
        () => control.redeem(asked, by),
        ({ current, operation }) => ({
          attributes: { 'writ.current': current, 'writ.operation': operation ?? undefined },
        }),
      ),
    stop: (id, ...rest) => told('stop', { 'writ.mandate': id }, () => control.stop(id, ...rest)),
    stopAll: (...given) => told('stop', {}, () => control.stopAll(...given)),
  };
  return { ...control, ...traced };
}

const asks = ({
  mandate,
  action,
  session,
}: {
  mandate: string;
  action: string;
  session: string | null;
}): Attributes => ({
  'writ.mandate': mandate,
  'writ.action': action,
  // OpenTelemetry's name for what holds a conversation together (semantic conventions of generative AI).
  'gen_ai.conversation.id': session ?? undefined,
});

const verdictIn = (refusal: Refusal): Verdict | undefined => ('verdict' in refusal ? refusal.verdict : undefined);

/** What stands, read when it is collected. */
function gauges(control: Control, telemetry: Telemetry): void {
  telemetry.gauge(
    {
      name: 'writ.operations.open',
      unit: '{operation}',
      description: 'operations that began and did not end, by class',
    },
    () => {
      const open = new Map<string, number>(Object.keys(actionClasses).map((name) => [name, 0]));
      for (const id of control.state.openOperations) {
        const name = control.state.operations.get(id)?.begun.actionClass ?? 'unknown';
        open.set(name, (open.get(name) ?? 0) + 1);
      }
      return [...open].map(([name, count]) => [count, { 'writ.action.class': name }] as const);
    },
  );
  telemetry.gauge(
    {
      name: 'writ.operations.unknown',
      unit: '{operation}',
      description: 'operations of which nobody knows how they ended',
    },
    () => [[control.state.unknownOperations.size, {}]],
  );
  telemetry.gauge(
    {
      name: 'writ.follower.lag',
      unit: '{event}',
      description: 'how many events of control an enforcement point has not said it has seen',
    },
    () =>
      control
        .heardPoints()
        .map(({ id, position }) => [Math.max(0, control.state.position - position), { 'writ.point': id }] as const),
  );
  telemetry.gauge(
    { name: 'writ.follower.silence', unit: 's', description: 'how long ago an enforcement point was heard' },
    () =>
      control
        .heardPoints()
        .map(({ id, heardAt }) => [Math.max(0, (control.now() - heardAt) / 1_000), { 'writ.point': id }] as const),
  );
  telemetry.gauge(
    { name: 'writ.journal.position', unit: '{event}', description: 'the newest event of the journal' },
    () => [[control.state.position, { 'writ.plane': 'control' }]],
  );
}
