/**
 * What kind of receiver a sink is, as the person who named it declared, and exactly what may be said of an effect that was sent to it and not
 * settled. One table; nobody claims more than its kind allows.
 */

export type SinkKind = 'fenced' | 'observable' | 'blind';

export type SinkRule = {
  /** It takes nothing without the single use of a current permit: what nobody took the permit for did not land. */
  readonly checksPermits: boolean;
  /** It can be asked afterwards what it has. Only a landing that it shows is one; that it shows none proves nothing about later. */
  readonly canBeAsked: boolean;
  readonly words: string;
};

export const sinkKinds = {
  fenced: {
    checksPermits: true,
    canBeAsked: true,
    words: 'checks the permit as it commits; what it did not take a permit for did not land',
  },
  observable: { checksPermits: false, canBeAsked: true, words: 'can be asked what it has' },
  blind: { checksPermits: false, canBeAsked: false, words: 'can neither check a permit nor be asked' },
} as const satisfies Record<SinkKind, SinkRule>;
