/**
 * Retention: what a plane said it keeps for so long, it erases when that time is over, by the same erasure a person asks for: data and salt go, the envelope stays, the chain verifies, and an event
 * says which rule, and who made it.
 *
 * It refuses to touch what the plane does not call erasable, whatever a rule says, and what the plane still works from: that goes at a later sweep. Nothing waits for a sweep.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Envelope, Journal } from '../journal.ts';
import type { RetentionChange, RetentionRule } from './rules.ts';
import { retentionStream, retentionType, ruleFor, rulesIn } from './rules.ts';

/** `isKept`: whether the plane still works from an event of an erasable type. `now`: milliseconds since the epoch. `tell` is given a sentence for the log. */
export type RetentionOptions = {
  readonly plane: string;
  readonly erasable: ReadonlySet<string>;
  readonly isKept: (event: Envelope) => boolean;
  readonly now: () => number;
  readonly tell: (sentence: string) => void;
};

const dayMs = 24 * 3_600_000;
const everyMs = 3_600_000;
const pageSize = 500;
const mostAtOnce = 1_000;

export class Retention implements AsyncDisposable {
  readonly #journal: Journal;
  readonly #options: RetentionOptions;
  #dueAt = 0;
  #sweeping: Promise<unknown> | undefined;
  /** Up to here nothing is left that these rules will ever erase. */
  #done = { position: 0, rules: '' };
  #isEnding = false;

  constructor(journal: Journal, options: RetentionOptions) {
    this.#journal = journal;
    this.#options = options;
  }

  /** What is in force. */
  async rules(): Promise<readonly RetentionRule[]> {
    return rulesIn(await this.#journal.read(retentionStream));
  }

  /** Changes one rule, in the name of `by`, and has it applied soon. Whether they may, and whether the type is erasable, is for the plane to say before. */
  async set({ project, type, days }: RetentionChange, by: string): Promise<readonly RetentionRule[]> {
    const event = { type: retentionType, data: { project, type, days }, project: project ?? '_', actor: by };
    const written = await this.#journal.append([{ stream: retentionStream, events: [event] }], []);
    if (!written.ok) throw new Error('a rule expects nothing of any stream');
    this.#dueAt = 0;
    return this.rules();
  }

  /** Begins a sweep, when the last one is an hour old or a rule has changed. Waits for nothing. */
  sweepDue(): void {
    const now = this.#options.now();
    if (this.#sweeping !== undefined || now < this.#dueAt) return;
    this.#dueAt = now + everyMs;
    this.#sweeping = this.sweep()
      .catch((error: unknown) => {
        this.#options.tell(`retention: ${error instanceof Error ? error.message : String(error)}; it is tried again`);
      })
      .finally(() => {
        this.#sweeping = undefined;
      });
  }

  /** Erases what is due; resolves with how many events. Rejects as `Journal.erase` does. */
  async sweep(): Promise<number> {
    const rules = await this.rules();
    const text = JSON.stringify(rules);
    if (this.#done.rules !== text) this.#done = { position: 0, rules: text };
    const days = rules.flatMap((rule) => rule.days ?? []);
    if (days.length === 0) return 0;
    const newest = this.#options.now() - Math.min(...days) * dayMs;
    const due = new Due();
    /** The first event that a later sweep has to look at. */
    let pending: number | undefined;
    let erased = 0;
    for (let after = this.#done.position; !this.#isEnding;) {
      const events = await this.#journal.readAll({ after, limit: pageSize });
      for (const event of events) {
        if (Date.parse(event.at) > newest) pending ??= event.position;
        else if (this.#judge(event, rules, due) === 'later') pending ??= event.position;
      }
      if (due.size >= mostAtOnce) erased += await this.#erase(due);
      after = events.at(-1)?.position ?? after;
      const last = events.at(-1);
      if (last === undefined || events.length < pageSize || Date.parse(last.at) > newest) {
        erased += await this.#erase(due);
        this.#done = { position: (pending ?? after + 1) - 1, rules: text };
        break;
      }
      await nextTurn();
    }
    return erased;
  }

  /** Ends a sweep that is under way, at its next page. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    await this.#sweeping;
  }

  #judge(event: Envelope, rules: readonly RetentionRule[], due: Due): 'later' | 'done' {
    const { erasable, isKept, now } = this.#options;
    if (event.data === null || !erasable.has(event.type)) return 'done';
    const rule = ruleFor(rules, event);
    if (rule === undefined || rule.days === null) return 'done';
    if (Date.parse(event.at) > now() - rule.days * dayMs || isKept(event)) return 'later';
    due.add(event.position, rule);
    return 'done';
  }

  async #erase(due: Due): Promise<number> {
    let count = 0;
    for (const { rule, positions } of due.take()) {
      for (let at = 0; at < positions.length; at += mostAtOnce) {
        const some = positions.slice(at, at + mostAtOnce);
        await this.#journal.erase({
          positions: some,
          project: '_',
          actor: this.#options.plane,
          reason: reasonOf(rule),
        });
        count += some.length;
      }
    }
    return count;
  }
}

const reasonOf = ({ project, type, days, setBy, setAt }: RetentionRule): string =>
  `retention: \`${type}\` of ${project === null ? 'every project' : `\`${project}\``} is kept ${String(days)} days, as ${setBy} said at ${setAt}`;

/** What is to be erased, by the rule that says so. */
class Due {
  readonly #byRule = new Map<RetentionRule, number[]>();
  size = 0;

  add(position: number, rule: RetentionRule): void {
    const positions = this.#byRule.get(rule) ?? [];
    this.#byRule.set(rule, positions);
    positions.push(position);
    this.size += 1;
  }

  take(): readonly { readonly rule: RetentionRule; readonly positions: readonly number[] }[] {
    const taken = [...this.#byRule].map(([rule, positions]) => ({ rule, positions }));
    this.#byRule.clear();
    this.size = 0;
    return taken;
  }
}
