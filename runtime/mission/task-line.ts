/**
 * One line of a mission's checklist:
 *
 *     T2 [P] @agent !high ~2h (after: T1) kind: review touches: src/x/** run: `node x.mjs` done: `npm test` — what it is about
 *
 * Markers come in any order; other words before the dash are the title too. Pure. It refuses to guess at a misspelt marker: that is a finding.
 */

import type { Finding, TaskKind } from './plan.ts';
import { taskKinds } from './plan.ts';

export type TaskLine = {
  readonly id: string | null;
  readonly title: string;
  readonly parallel: boolean;
  readonly agent: string | null;
  readonly priority: number;
  /** Null where the order of the list decides. */
  readonly after: readonly string[] | null;
  readonly kind: TaskKind | null;
  readonly touches: readonly string[];
  readonly run: string | null;
  readonly done: readonly string[];
  readonly findings: readonly Finding[];
};

const priorities: Readonly<Record<string, number>> = { urgent: 2, high: 1, normal: 0, low: -1 };
const fields = ['after', 'done', 'kind', 'run', 'touches'];
const idPattern = /^[A-Za-z][A-Za-z0-9]*(?:[-_.][A-Za-z0-9]+)*$/;

/** Reads the text of one checklist item, without its box. `line` is where it stands. */
export function parseTaskLine(text: string, line: number): TaskLine {
  const reading = new Reading(text.replace(/\s+/g, ' ').trim(), line);
  reading.takeId();
  while (reading.takeMarker()) continue;
  return reading.result();
}

class Reading {
  private rest: string;
  private readonly line: number;
  private readonly findings: Finding[] = [];
  private readonly words: string[] = [];
  private title: string | null = null;
  private id: string | null = null;
  private parallel = false;
  private agent: string | null = null;
  private priority = 0;
  private after: readonly string[] | null = null;
  private kind: TaskKind | null = null;
  private readonly touches: string[] = [];
  private run: string | null = null;
  private readonly done: string[] = [];

  constructor(text: string, line: number) {
    this.rest = text;
    this.line = line;
  }

  takeId(): void {
    const match = /^(?:\*\*)?([A-Z][A-Za-z]{0,15}[-_]?\d[\w.-]*?)(?:\*\*)?[:.]?(?= |$)/.exec(this.rest);
    if (match?.[1] === undefined) return;
    this.id = match[1];
    this.rest = this.rest.slice(match[0].length).trimStart();
  }

  /** Takes what stands first; false at the end. */
  takeMarker(): boolean {
    if (this.rest === '') return false;
    const dash = this.take(/^(?:—|–|--?)(?: |$)/);
    if (dash !== null) {
      this.title = this.rest;
      this.rest = '';
      return false;
    }
    if (this.take(/^\[P\](?= |$)/i) !== null) this.parallel = true;
    else if (!(this.takeAgent() || this.takePriority() || this.takeEstimate() || this.takeAfter() || this.takeField()))
      this.takeWord();
    return true;
  }

  private take(pattern: RegExp): RegExpExecArray | null {
    const match = pattern.exec(this.rest);
    if (match !== null) this.rest = this.rest.slice(match[0].length).trimStart();
    return match;
  }

  private takeAgent(): boolean {
    const match = this.take(/^@(?:agent\()?([A-Za-z0-9][\w.-]*)\)?(?= |$)/);
    if (match?.[1] === undefined) return false;
    if (this.agent !== null)
      this.report('error', `two agents, \`@${this.agent}\` and \`@${match[1]}\`; a task has one`);
    this.agent = match[1];
    return true;
  }

  private takePriority(): boolean {
    const match = this.take(/^!([A-Za-z]+)(?= |$)/);
    if (match?.[1] === undefined) return false;
    const priority = priorities[match[1].toLowerCase()];
    if (priority === undefined)
      this.report('error', `\`!${match[1]}\` is no priority; write \`!urgent\`, \`!high\`, \`!normal\` or \`!low\``);
    this.priority = priority ?? 0;
    return true;
  }

  /** Estimates are for people; they gate nothing. */
  private takeEstimate(): boolean {
    return this.take(/^(?:~\d+(?:\.\d+)?(?:m|h|d)|\$\d+(?:\.\d+)?)(?= |$)/) !== null;
  }

  private takeAfter(): boolean {
    const match = this.take(/^\((?:after|depends on):\s*([^)]*)\)/i);
    if (match === null) return false;
    this.setAfter(match[1] ?? '');
    return true;
  }

  private setAfter(list: string): void {
    const ids = list.split(/[,\s]+/).filter((id) => id !== '' && id !== 'none' && id !== '-');
    const wrong = ids.find((id) => !idPattern.test(id));
    if (wrong !== undefined) this.report('error', `\`${wrong}\` is not the id of a task; write \`(after: T1, T2)\``);
    this.after = [...new Set([...(this.after ?? []), ...ids])];
  }

  private takeField(): boolean {
    const name = /^([a-z_-]+):(?= |`)/.exec(this.rest)?.[1];
    if (name === undefined) return false;
    if (!fields.includes(name)) {
      // A word with a colon is prose, unless a command follows it.
      if (!/^[a-z_-]+: ?`/.test(this.rest)) return false;
      this.report(
        'error',
        `there is no \`${name}:\`; a task takes ${fields.map((field) => `\`${field}:\``).join(', ')}`,
      );
    }
    this.take(/^[a-z_-]+:/);
    if (name === 'run' || name === 'done') this.takeCommands(name);
    else this.takeList(name);
    return true;
  }

  private takeCommands(name: 'run' | 'done'): void {
    let found = false;
    for (let match = this.take(/^`([^`]*)`,?(?= |$)/); match !== null; match = this.take(/^`([^`]*)`,?(?= |$)/)) {
      const command = (match[1] ?? '').trim();
      found = true;
      if (command === '') this.report('error', `\`${name}:\` names an empty command`);
      else if (name === 'done') this.done.push(command);
      else if (this.run === null) this.run = command;
      else this.report('error', 'two `run:` commands; join them with `&&` or make two tasks');
    }
    if (!found) this.report('error', `\`${name}:\` takes a command in backticks: ${name}: \`npm test\``);
  }

  private takeList(name: string): void {
    const items: string[] = [];
    for (let more = true; more;) {
      const match = this.take(/^`?([^\s,`]+)`?(,?)(?: |$)/);
      if (match?.[1] === undefined) break;
      items.push(match[1]);
      more = match[2] === ',';
    }
    if (items.length === 0) this.report('error', `\`${name}:\` says nothing`);
    if (name === 'touches') this.touches.push(...items);
    if (name === 'after') this.setAfter(items.join(','));
    if (name === 'kind') this.setKind(items[0] ?? '');
  }

  private setKind(word: string): void {
    const kind = taskKinds.find((one) => one === word);
    if (kind === undefined)
      this.report('error', `\`${word}\` is no kind of task; write ${taskKinds.map((one) => `\`${one}\``).join(', ')}`);
    this.kind = kind ?? null;
  }

  private takeWord(): void {
    const word = /^(?:`[^`]*`|\S+)/.exec(this.rest)?.[0] ?? this.rest;
    this.words.push(word);
    this.rest = this.rest.slice(word.length).trimStart();
  }

  private report(severity: Finding['severity'], message: string): void {
    this.findings.push({ severity, line: this.line, message });
  }

  result(): TaskLine {
    const { id, parallel, agent, priority, after, kind, touches, run, done, findings } = this;
    const title = [this.words.join(' '), this.title ?? ''].filter((part) => part !== '').join(' — ');
    return { id, title, parallel, agent, priority, after, kind, touches, run, done, findings };
  }
}
