/**
 * The body of a mission file (CommonMark with task lists): its title, its goal and its checklist. It reads structure only; what a line of the
 * list means is task-line's to say. Boxes inside boxes are refused: a plan is a graph, and indentation does not say which one.
 */

import type { ListItem, RootContent } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmTaskListItemFromMarkdown } from 'mdast-util-gfm-task-list-item';
import { toString } from 'mdast-util-to-string';
import { gfmTaskListItem } from 'micromark-extension-gfm-task-list-item';
import type { Finding } from './plan.ts';
import type { TaskLine } from './task-line.ts';
import { parseTaskLine } from './task-line.ts';

export type ChecklistItem = {
  readonly task: TaskLine;
  readonly line: number;
  /** Text under the item. */
  readonly brief: string;
  /** Counts the headings before it: order inside one is the list's. */
  readonly phase: number;
};

export type Checklist = {
  readonly title: string | null;
  /** The paragraphs before the first list. */
  readonly goal: string;
  readonly items: readonly ChecklistItem[];
  readonly findings: readonly Finding[];
};

/** Reads the body; `offset` lines of the file come before it. */
export function parseChecklist(body: string, offset: number): Checklist {
  const tree = fromMarkdown(body, {
    extensions: [gfmTaskListItem()],
    mdastExtensions: [gfmTaskListItemFromMarkdown()],
  });
  const lineOf = (node: RootContent | ListItem): number => (node.position?.start.line ?? 1) + offset;
  const items: ChecklistItem[] = [];
  const findings: Finding[] = [];
  const goal: string[] = [];
  let title: string | null = null;
  let phase = 0;
  for (const node of tree.children) {
    if (node.type === 'heading' && node.depth === 1 && title === null) title = toString(node).trim();
    else if (node.type === 'heading') phase += 1;
    else if (node.type === 'paragraph' && items.length === 0 && phase === 0)
      goal.push(toString(node).replace(/\s+/g, ' ').trim());
    else if (node.type === 'list')
      for (const item of node.children) {
        if (typeof item.checked !== 'boolean') continue;
        const read = readItem(item, body, lineOf(item));
        items.push({ ...read, phase });
        findings.push(...read.task.findings, ...read.findings);
      }
  }
  return { title, goal: goal.join('\n\n'), items, findings };
}

function readItem(item: ListItem, body: string, line: number) {
  const [first, ...under] = item.children;
  const findings: Finding[] = [];
  // The source, not the rendered text: backticks and globs must arrive as they were written.
  const source = first?.type === 'paragraph' ? sliceOf(first, body) : '';
  const task = parseTaskLine(source.replace(/^\s*\[[ xX]\]\s*/, ''), line);
  const nested = under.some(
    (node) => node.type === 'list' && node.children.some((child) => typeof child.checked === 'boolean'),
  );
  if (nested)
    findings.push({
      severity: 'error',
      line,
      message: 'a box inside a box: put each task at the start of its line and write `(after: T1)`',
    });
  if (item.checked === true)
    findings.push({
      severity: 'warning',
      line,
      message: 'a checked box: done is what evidence says, so the task runs all the same',
    });
  return {
    task,
    line,
    brief: under
      .map((node) => sliceOf(node, body))
      .join('\n\n')
      .trim(),
    findings,
  };
}

const sliceOf = (node: RootContent, body: string): string =>
  body.slice(node.position?.start.offset ?? 0, node.position?.end.offset ?? 0);
