import { describe, expect, test } from 'vitest';
import { renderHistory } from './history.ts';
import { parseHistoryLine } from './history-line.ts';

const read = (text: string) => {
  const line = parseHistoryLine(text, 'r1');
  return line.ok ? renderHistory(line.rule) : line.message;
};

describe('a history rule in one line', () => {
  test.each([
    ['git.commit before git.push', 'before `git.push`, `git.commit` must have been done, and been watched'],
    [
      'mcp.read or http.get before mcp.commit, on the same resource, no mcp.write or file.* since, within 2h',
      'before `mcp.commit`, `mcp.read` or `http.get` must have been done to the same resource, begun after the last `mcp.write` or `file.*` was over, no longer than 7200000 ms ago, and been watched',
    ],
    [
      'shell.run before git.push, with the same tree',
      'before `git.push`, `shell.run` must have been done with the same `tree`, and been watched',
    ],
    [
      'first git.push or git.tag asks',
      'the first time `git.push` or `git.tag` reaches a resource, you are asked; done once, that resource is covered',
    ],
    [
      'first network.connect asks, by site',
      'the first time `network.connect` reaches a site, you are asked; done once, that site is covered',
    ],
  ])('%s', (text, words) => {
    expect(read(text)).toBe(words);
  });

  test.each([
    ['git.push', /says of nothing what comes before it; write/],
    ['git.push before git.*', /asks for `git.\*` before itself, which never happens/],
    ['git commit before git.push', /`git commit` in history rule `r1` is no action/],
    ['git.commit before git.push, if it rains', /says of nothing/],
    ['git.commit before git.push, within 0s', /has an age that is no time/],
    ['first git.push asks, twice', /says of nothing/],
  ])('%s is refused', (text, why) => {
    expect(read(text)).toMatch(why);
  });
});
