/** How long after a stop was acknowledged an effect may still happen, in milliseconds, and from which rules of the shipped code that follows. */

/** A yes from an artifact: the class table's age of a cached yes. */
export const cachedMs = 5_000;

/** The longest a message of the simulated network takes. */
export const slowestMs = 300;

/**
 * A process whose enforcer is not told of the stop: the heartbeat that is under way when it happens (its interval 500 and the limit of a call 1,500), the stop deadline 2,000, one look
 * at the clocks 100, and what is in flight.
 */
export const runMs = 500 + 1_500 + 2_000 + 100 + 2 * slowestMs;

/** The longest a sync of a simulated disk takes (`stand-ins/plane-store.ts`). */
const slowestSyncMs = 120;

/**
 * A process whose enforcer hears nothing from control at all: the stop deadline, one look, and what is in flight. Where one direction alone is cut, that is a question on its way, what
 * control writes before it answers, and the answer.
 */
export const deafMs = 2_000 + 100 + 2 * slowestMs + 2 * slowestSyncMs;

/** Where two nodes write: how long one is heard as control that does not hear its database (`control/writing.ts`), what is in flight, and what the database writes meanwhile. */
export const silentMs = 1_000 + 2 * slowestMs + 2 * slowestSyncMs;

/** A machine that woke looks at its clocks once before anything else is certain. */
export const wakeMs = 250;

/** The longest a call of the simulation waits. */
export const callMs = 2_000;

/** The longest lease of a run: where work was accepted, what is under way goes on for as long, and is not renewed. */
export const longestLeaseMs = 15_000;

/** What a run is judged as. */
export const running = (program: string) => ({ action: 'shell.run', resource: `shell://p/${program}` }) as const;

/** From the verdict on which a turn or a run begins to its event: the limit of the runtime's call, what Git and the disk take, and what is in flight. */
export const resumeMs = 5_000 + 3_000 + 2 * slowestMs;

/**
 * How late a session may follow its mandate once every link is whole: one call may have been under way for nobody when they were mended, at the longest the runtime's to its enforcer (15,000), and then
 * come the runtime's next beat (1,000), what it asks, and what it writes. It asks one after the other, so that where links go on losing what is sent there is no bound but the holder's own: `runMs`.
 */
export const followMs = 15_000 + 1_000 + 2 * slowestMs + 4 * slowestSyncMs;
