/** Callers of control's routes: control's own, and anyone where no credential is needed. */

import type { Asked, Caller, Control, Person, Point, PointKind } from '@writ/control';
import type { Call, Handlers } from '../http/call.ts';
import type { controlApi } from '@writ/protocol';

export type ControlCaller = Caller | { readonly kind: 'anyone' };
export type ControlHandlers = Handlers<typeof controlApi, ControlCaller>;

/** The caller of a route that needs a credential. */
export function known(caller: ControlCaller): Caller {
  if (caller.kind === 'anyone') throw new Error('a route that needs a credential was reached without one');
  return caller;
}

/** The point that calls a route which is for points alone. */
export function knownPoint(caller: ControlCaller): Point {
  if (caller.kind !== 'point') throw new Error('a route for points was reached by somebody else');
  return caller;
}

/** The person who calls a route which is for people alone. */
export function knownPerson(caller: ControlCaller): Person {
  if (caller.kind !== 'person') throw new Error('a route for people was reached by somebody else');
  return caller;
}

/** The enforcement point that speaks beside an agent's credential, in `Writ-Point`. An agent has none, and the door passes none on. */
export function besideOf(
  control: Control,
  { header }: Pick<Call<unknown, ControlCaller>, 'header'>,
): PointKind | undefined {
  const token = header('writ-point');
  const beside = token === undefined ? undefined : control.authenticate(token);
  return beside?.kind === 'point' ? beside.name : undefined;
}

/** Who asks, and with which key. */
export const askedOf = (call: Call<unknown, ControlCaller>): Asked => ({
  by: known(call.caller),
  key: call.idempotencyKey,
  body: call.body,
});

/** Whether the caller is shown anything of a mandate: what is not seen is answered as what does not exist. */
export const maySee = (control: Control, caller: ControlCaller, mandate: string): boolean =>
  caller.kind !== 'anyone' && control.sees.mandate(caller, mandate);
