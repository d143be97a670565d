import { expect, test } from 'vitest';
import { callActions } from './call-actions.ts';

const place = {
  project: 'p',
  root: '/repo',
  cwd: '/repo',
  home: '/home/me',
  realPath: (path: string) => path,
  stateDir: '/home/me/.local/state/writ',
};
/** What is asked of the call; the act of administration alone where there is one. */
const judged = (tool: string, input: Record<string, string>): { action: string; resource: string } => {
  const all = callActions([{ tool, input }], place);
  const { action = '', resource = '' } = all.find((one) => one.action === 'hooks.write') ?? all[0] ?? {};
  return { action, resource };
};

test.each([
  ['/repo/.claude/settings.json', 'workspace://p/.claude/settings.json'],
  ['/repo/.claude/settings.local.json', 'workspace://p/.claude/settings.local.json'],
  ['/repo/packages/a/.claude/hooks/x.sh', 'workspace://p/packages/a/.claude/hooks/x.sh'],
  ['/repo/.git/hooks/pre-commit', 'workspace://p/.git/hooks/pre-commit'],
  ['/repo/.git/config', 'workspace://p/.git/config'],
  ['/repo/.git/info/attributes', 'workspace://p/.git/info/attributes'],
  ['/repo/.writ/agents/me.md', 'workspace://p/.writ/agents/me.md'],
  ['/repo/.codex/config.toml', 'workspace://p/.codex/config.toml'],
  ['/repo/opencode.json', 'workspace://p/opencode.json'],
  ['/repo/.opencode/tools/a.ts', 'workspace://p/.opencode/tools/a.ts'],
  ['/repo/.gemini/.env', 'workspace://p/.gemini/.env'],
  ['/home/me/.claude/settings.json', 'workspace://machine/home/me/.claude/settings.json'],
  ['/home/me/.local/state/writ/launcher/a b.json', 'workspace://machine/home/me/.local/state/writ/launcher/a%20b.json'],
])('a file tool that writes `%s`', (path, resource) => {
  expect(judged('Write', { file_path: path })).toEqual({ action: 'hooks.write', resource });
});

test('what governs a harness of somebody else is what its adapter says', () => {
  const actions = (command: string, rules?: readonly string[]): readonly string[] =>
    callActions([{ tool: 'Bash', input: { command } }], { ...place, ...(rules && { rules }) }).map(
      ({ action }) => action,
    );
  const own = ['.tiny/settings.json', 'tiny+hooks'];
  for (const command of ['echo {} > .tiny/settings.json', 'echo x > tiny+hooks/pre', 'mv .tiny .other']) {
    expect(actions(command, own), command).toContain('hooks.write');
    expect(actions(command), command).not.toContain('hooks.write');
  }
  expect(actions('echo x > .tiny/notes.md', own)).not.toContain('hooks.write');
});

test('a folder for settings that is made is a folder, and no settings', () => {
  expect(judged('Bash', { command: 'mkdir -p .claude' }).action).toBe('file.write');
  expect(judged('Bash', { command: 'mkdir -p .claude && echo x > .claude/notes.md' }).action).toBe('file.write');
});

test.each([
  '/repo/.claude/skills/a.md',
  '/repo/src/.claudette/settings.json',
  '/repo/.claude/settings.json5',
  '/repo/.git/info/exclude',
  '/repo/CLAUDE.md',
  '/repo/writ/a.ts',
  '/home/me/.local/state/writ-other/a',
])('a file tool that writes `%s` only writes a file', (path) => {
  expect(judged('Write', { file_path: path }).action).toBe('file.write');
});

test.each([
  ['echo {} >> .claude/settings.json', 'workspace://p/.claude/settings.json'],
  ['cd x; echo {} > "./.claude//settings.local.json"', 'workspace://p/.claude/settings.local.json'],
  ['cp evil.sh .git/hooks/pre-commit && chmod +x .git/hooks/pre-commit', 'workspace://p/.git/hooks/pre-commit'],
  ['echo x >> "$(git rev-parse --git-common-dir)/hooks/pre-commit"', 'workspace://p/.git/hooks/pre-commit'],
  ['git config core.hooksPath evil', 'workspace://p/.git/config'],
  ['git config --global core.hookspath=evil', 'workspace://machine/home/me/.gitconfig'],
  ['sed -i s/a/b/ .writ/policy.md', 'workspace://p/.writ/policy.md'],
  ['cat x | tee .claude/settings.json', 'workspace://p/.claude/settings.json'],
  ['cat `echo x` .claude/settings.json', 'workspace://p/.claude/settings.json'],
  ["python3 -c \"open('.claude/settings.json', 'w')\"", 'workspace://p/.claude/settings.json'],
  ['bash -c "rm .claude/settings.json"', 'workspace://p/.claude/settings.json'],
  ['mv .git old', 'workspace://p/.git'],
  ['rm -rf .claude && mkdir .claude', 'workspace://p/.claude'],
  ['cp -r evil/.git .git', 'workspace://p/.git'],
  ['cd .claude && rm settings.json', 'workspace://p/.claude/settings.json'],
  ['rm -rf /home/me/.local/state/writ/launcher', 'workspace://machine/home/me/.local/state/writ/launcher'],
])('a shell command that may write one: `%s`', (command, resource) => {
  expect(judged('Bash', { command })).toEqual({ action: 'hooks.write', resource });
});

test.each([
  'cat .claude/settings.json',
  'cat .claude/settings.json > copy',
  'grep a .claude/settings.json & rm b',
  'jq .hooks .claude/settings.json 2>/dev/null | head -5',
  'ls -la .git/hooks && git diff .claude/settings.json',
  'echo hello > settings.json',
  'git config user.name me',
  'npm test',
])('a shell command that does not: `%s`', (command) => {
  expect(judged('Bash', { command }).action).not.toBe('hooks.write');
});

test('a push stays a push', () => {
  expect(judged('Bash', { command: 'git push origin main' }).action).toBe('git.push');
});

test('a worktree that Writ made lies in its state, and is a place to work in like any other', () => {
  const root = `${place.stateDir}/worktrees/m-1`;
  const within = (command: string) =>
    callActions([{ tool: 'Bash', input: { command } }], { ...place, root, cwd: root }).map(({ action }) => action);
  expect(within(`cd ${root} && make -C ${root}/src all`)).toEqual(['shell.run']);
  for (const command of [
    `make -f ${root}/.claude/settings.json`,
    `make -f ${place.stateDir}/control.db`,
    `make -f ${root}/../../control.db`,
    `make -C ${root}-other all`,
  ])
    expect(within(command)).toEqual(['hooks.write']);
});
