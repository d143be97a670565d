/** What must be when everything is mended and has come to rest: nothing acknowledged is missing, nothing ended goes on, and what both planes say follows from their logs alone. */

import { controlApi, runtimeApi } from '@writ/protocol';
import { engine } from '../engine/engine.ts';
import { processes } from '../engine/processes.ts';
import { followMs, longestLeaseMs, running, runMs } from './bounds.ts';
import { compareAfterRestart } from './compare-after-restart.ts';
import type { World } from './world.ts';

/** Looks, and says what is wrong. */
export async function lookAtEnd(now: World): Promise<void> {
  now.peer?.retire();
  const { desk } = now.callers;
  const verified = await desk.call(controlApi.verify, { timeoutMs: 60_000 });
  if (!verified.ok) return now.say(`the journal cannot be verified at the end: ${verified.problem.detail}`);
  if (!verified.value.ok) now.say(`I4: the journal does not verify: ${JSON.stringify(verified.value.findings[0])}`);
  if (now.backups.isUnnoticed) now.say('I10: an old copy of the journal of control was put back, and nobody noticed');
  for (const operation of now.begun)
    if (!now.log.has(operation)) now.say(`I4: ${operation} was acknowledged, and is not in the journal`);
  now.pushes.lookAtEnd();
  for (const mandate of now.model.mandates) {
    if (!mandate.ended.some(({ acked }) => acked !== null)) continue;
    const found = await desk.call(controlApi.getMandate, { params: { id: mandate.id } });
    // What was approved after the copy that was put back is not there any more, or is what nobody has approved.
    const isOlder = !found.ok || unapproved.has(found.value.state);
    if (isOlder && now.setBacks > 0) continue;
    if (!found.ok) now.say(`I4: ${mandate.id}, which was ended, cannot be read: ${found.problem.code}`);
    else if (!ended.has(found.value.state)) now.say(`I10: ${mandate.id} was ended, and is ${found.value.state}`);
  }
  for (const { id, mandate: of, of: work } of processes.live.values()) {
    const mandate = now.runs.get(id) ?? now.modelOf(of);
    const why =
      mandate &&
      now.model.whyNever(mandate, running(work.program), {
        from: engine.now - runMs,
        to: engine.now,
        drainMs: longestLeaseMs,
      });
    if (why?.includes('was ended') === true) now.say(`run ${id} is still there at the end, although ${why}`);
  }
  now.note(verified.value.events);
  await lookAtRuntime(now);
  await compareAfterRestart(now);
}

async function lookAtRuntime(now: World): Promise<void> {
  const { person, log, admitted, created } = now.runtime;
  const verified = await person.call(runtimeApi.verify, { timeoutMs: 60_000 });
  if (!verified.ok)
    return now.say(`the journal of the runtime cannot be verified at the end: ${verified.problem.detail}`);
  if (!verified.value.ok)
    now.say(`I4: the journal of the runtime does not verify: ${JSON.stringify(verified.value.findings[0])}`);
  for (const input of admitted)
    if (!log.inputs.has(input)) now.say(`I4: input ${input} was acknowledged, and is not in the journal`);
  for (const mission of created)
    if (!log.missions.has(mission)) now.say(`I4: mission ${mission} was acknowledged, and is not in the journal`);
  // By now whoever is bound to a mandate that has ended was told so.
  for (const [id, session] of log.sessions) {
    const mandate = session.mandate === null ? undefined : now.model.find(session.mandate);
    if (mandate === undefined || session.state === 'over') continue;
    const why = now.model.whyNever(mandate, running(session.program), { from: engine.now - followMs, to: engine.now });
    if (why?.includes('was ended') === true) now.say(`session ${id} is ${session.state} at the end, although ${why}`);
  }
  now.note(verified.value.events);
}

const ended: ReadonlySet<string> = new Set(['revoked', 'completed', 'expired', 'cascaded', 'superseded']);
const unapproved: ReadonlySet<string> = new Set(['proposed', 'lapsed', 'refused']);
