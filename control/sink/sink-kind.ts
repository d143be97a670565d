/**
 * What kind of receiver a sink is, as the person who named it declared; nobody claims more of an effect that was sent to it than its kind allows.
 *
 * `fenced`: it checks the permit as it commits, so that what it did not take a permit for did not land. `observable`: it can be asked what it has.
 * `blind`: it can neither check a permit nor be asked.
 */
export type SinkKind = 'fenced' | 'observable' | 'blind';
