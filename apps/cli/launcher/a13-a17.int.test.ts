/**
 * What got past a no elsewhere, as incidents of others name it (A13 to A17), at a real control with real processes and Git: each test cites whose it was. The harness is played by its hooks, and does what
 * they let it do; what was done is read from the disk and from the remote.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createControlClient } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import type { ControlServer } from '@writ/server';
import { startControlServer } from '@writ/server';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { entry, hookedSession, usual } from '../testing/hooked-session.ts';
import { ownMachine, until } from '../testing/machine.ts';

const machine = ownMachine();
let server: ControlServer;
/** A part of the repository that no mandate of these tests names, and the remote. */
const own = (): string => join(machine.root, 'own');
const remote = (): string => join(machine.root, 'remote.git');
/** Where the work is, and all of it that may be written. */
const work = (): string => join(machine.root, 'sub');
beforeEach(async () => {
  server = await startControlServer({ dir: machine.home });
  const git = (...args: readonly string[]): unknown =>
    execFileSync('git', args, { cwd: machine.root, env: machine.env });
  git('init', '-q', '-b', 'main');
  git('-c', 'user.name=t', '-c', 'user.email=t@example.invalid', 'commit', '-q', '--allow-empty', '-m', 'start');
  git('init', '-q', '--bare', remote());
  git('remote', 'add', 'origin', remote());
  for (const folder of [own(), work()]) mkdirSync(folder);
  writeFileSync(join(own(), 'kept'), 'kept');
  writeFileSync(join(machine.root, '.env'), 'SECRET=1');
});
afterEach(() => server.close());

type Session = Awaited<ReturnType<typeof hookedSession>>;
let made = 0;
/** A call as the harness makes it: asked about, and done where that is no refusal. Whether it was let through. */
async function attempt(one: Session, command: string, more: object = {}): Promise<boolean> {
  const id = `t${String((made += 1))}`;
  const hook = { tool_use_id: id, tool_name: 'Bash', tool_input: { command }, cwd: work(), ...more };
  const answer = await one.hook('PreToolUse', hook);
  if (answer.kind === 'refuse') return false;
  const over = join(machine.root, `${id}.over`);
  one.run(`cd ${work()} || exit 1; { ${command}; } >/dev/null 2>&1; touch ${over}`);
  await until(`it ran: ${command}`, () => existsSync(over));
  await one.hook('PostToolUse', { tool_use_id: id, tool_name: 'Bash', ...more });
  return true;
}
const untouched = (): void => {
  expect(readFileSync(join(own(), 'kept'), 'utf8')).toBe('kept');
  expect(execFileSync('git', ['-C', remote(), 'for-each-ref'], { encoding: 'utf8' })).toBe('');
};

const delegation = { max_depth: 1, children: { max_children: 3 } };
const here = [
  entry('workspace://app/sub/', ['file.read', 'file.write']),
  ...usual.filter(({ resource }) => !resource.startsWith('workspace:')),
];
const spawning = {
  authorization_details: [
    ...here.map((one) => ({ ...one, delegation })),
    { ...entry('agent://general-purpose', ['agent.spawn']), resource_match: 'exact', delegation },
  ],
  delegation: { max_depth: 1, max_children: 3, actors: 'any' },
};
const of = (agent_id: string) => ({ agent_id, agent_type: 'general-purpose' });

// anthropics/claude-code #84701, #21460, #40580, #78970, #43612: a deny that did not hold for the calls of a sub-agent.
it('A13: the same call gets the same answer at any depth, and what is refused has no effect there either', async () => {
  await using one = await hookedSession({ machine, server, more: spawning });
  expect(await one.before('s1', 'Agent', { subagent_type: 'general-purpose', prompt: 'work' })).toEqual({
    kind: 'allow',
  });
  const helper = of('h1');
  expect(await attempt(one, 'echo by-helper > by-helper', helper)).toBe(true);
  const mischief = ['rm -rf ../own', 'git push origin main', 'echo no > ../own/kept'];
  for (const command of mischief) {
    expect(await attempt(one, command), command).toBe(false);
    expect(await attempt(one, command, helper), `${command}, by a helper`).toBe(false);
    expect(await attempt(one, command, of('h1-of-h1')), `${command}, by a helper of a helper`).toBe(false);
  }
  // Nor does anybody work whose start nobody saw.
  expect(await attempt(one, 'echo no > by-nobody', of('h1-of-h1'))).toBe(false);
  expect(existsSync(join(work(), 'by-helper'))).toBe(true);
  expect(existsSync(join(work(), 'by-nobody'))).toBe(false);
  untouched();
});

// openai/codex #36519, google-antigravity-cli #640, letta #3150: a spawn that was denied under one name, and done under another.
it('A14: a spawn is refused under every name of its tool, and what it would have started does no work', async () => {
  await using one = await hookedSession({ machine, server, harness: 'codex', more: { authorization_details: here } });
  const names = [
    ...['spawn_agent', 'collaboration.spawn_agent', 'multi_agent_v1__spawn_agent', 'multi_agent_v2.spawn_agent'],
    ...['Agent', 'Task', 'agents/spawn', 'SPAWN_AGENT', 'delegate', 'mcp__helper__spawn'],
  ];
  for (const [index, tool_name] of names.entries()) {
    const id = `s${String(index)}`;
    const answer = await one.told({
      ...{ session_id: 'h', turn_id: 'u', hook_event_name: 'PreToolUse', cwd: machine.root, transcript_path: '' },
      ...{ tool_name, tool_use_id: id, tool_input: { agent_type: 'default', message: 'work' } },
    });
    expect(answer.kind, tool_name).toBe('refuse');
    expect(await attempt(one, `echo no > by-${id}; git push origin main`, of(`h-${id}`)), tool_name).toBe(false);
    expect(existsSync(join(work(), `by-${id}`))).toBe(false);
  }
  const { items } = one.need(await one.owner.call(controlApi.listMandates, {}));
  expect(items.filter(({ parent }) => parent === one.mandate)).toEqual([]);
  untouched();
});

// opencode #47356 (a command that began with `cd` was not looked at), #47495 (`ask` was ignored), #32024 (a sub-agent read `.env`).
it('A15: a command that begins with `cd`, one that is to be asked about and a read by a helper are judged like any other', async () => {
  const asked = entry('git://app/refs/heads/writ', ['git.push'], { requires_action_approval: true });
  const authorization_details = [...spawning.authorization_details, asked];
  await using one = await hookedSession({ machine, server, more: { ...spawning, authorization_details } });
  expect(await attempt(one, 'cd . && echo yes > made')).toBe(true);
  for (const command of [
    'cd ../own && echo no > kept',
    'cd ../own; rm -rf kept',
    'cd . && git push origin main',
    'cd ..; cd own; echo no > kept',
    '(cd ../own && echo no > kept)',
    'cd . || true; (cd ../own; rm -f kept)',
    "bash -c 'cd ../own && echo no > kept'",
    'cd .. && cat .env > sub/leaked',
    // To be asked about is no yes.
    'cd . && git push origin HEAD:writ/x',
  ])
    expect(await attempt(one, command), command).toBe(false);
  await one.before('s1', 'Agent', { subagent_type: 'general-purpose', prompt: 'look' });
  const read = {
    tool_use_id: 'r1',
    tool_name: 'Read',
    tool_input: { file_path: join(machine.root, '.env') },
    ...of('h1'),
  };
  expect(await one.hook('PreToolUse', read)).toMatchObject({ kind: 'refuse' });
  expect(await attempt(one, 'cat ../.env > leaked', of('h1'))).toBe(false);
  expect(existsSync(join(work(), 'leaked'))).toBe(false);
  expect(readFileSync(join(work(), 'made'), 'utf8')).toBe('yes\n');
  untouched();
});

// anthropics/claude-code #43801, openai/codex #14144: tokens that worked for days after they were revoked, and a live session that kept its own.
it('A16: a credential that was taken away is worth nothing at its next use, on what is open already and after a restart', async () => {
  const authorization_details = [...here, entry('git://app/refs/heads/writ', ['git.push'])];
  await using one = await hookedSession({ machine, server, more: { authorization_details } });
  const added = await one.owner.call(controlApi.addPerson, { body: { name: 'eve', roles: { '*': 'approver' } } });
  const { token } = one.need(added);
  const clientOf = () => createControlClient({ base: { url: server.url }, token, timeoutMs: 10_000 });
  const about = { params: { id: one.mandate } };
  using eve = clientOf();
  await using hers = listen(eve);
  await using owners = listen(one.owner);
  one.need(await eve.call(controlApi.getMandate, about));
  await until('both hear what happens', () => hers.isHeard() && owners.isHeard());
  one.need(await one.owner.call(controlApi.removePerson, { params: { name: 'eve' } }));
  const nobody = { ok: false, problem: { status: 401 } };
  expect(await eve.call(controlApi.getMandate, about)).toMatchObject(nobody);
  expect(await eve.call(controlApi.suspend, { ...about, body: {} })).toMatchObject(nobody);

  // The credential of a session at work: its mandate is revoked.
  expect(await attempt(one, 'git push origin HEAD:writ/before')).toBe(true);
  one.need(await one.owner.call(controlApi.revoke, { ...about, body: {} }));
  expect(await attempt(one, 'git push origin HEAD:writ/after')).toBe(false);
  const refs = execFileSync('git', ['-C', remote(), 'for-each-ref', '--format=%(refname)'], { encoding: 'utf8' });
  expect(refs).toBe('refs/heads/writ/before\n');
  await until('it is told who may hear it', () => owners.heard.includes('mandate.revoked'));
  expect(hers.heard).not.toContain('mandate.revoked');

  await server.close();
  server = await startControlServer({ dir: machine.home });
  using again = clientOf();
  expect(await again.call(controlApi.getMandate, about)).toMatchObject(nobody);
});

/** The change stream, as a client hears it. */
function listen(client: ReturnType<typeof createControlClient>) {
  const over = new AbortController();
  const heard: string[] = [];
  let isHeard = false;
  const watching = client.watch({
    ...{ after: null, signal: over.signal, onGap: () => undefined },
    onHeard: () => (isHeard = true),
    onChange: ({ type }) => void heard.push(type),
  });
  return {
    heard,
    isHeard: () => isHeard,
    async [Symbol.asyncDispose]() {
      over.abort();
      await watching.done;
    },
  };
}

// talex-touch/tuff #296: the persistent grant was deleted, and the one in the session's memory went on.
it('A17: a yes that is remembered has one place: taken back, the next call of a session at work is asked about again', async () => {
  const docs = entry('https://docs.example.org/', ['http.get'], { requires_action_approval: true });
  await using one = await hookedSession({ machine, server, more: { authorization_details: [...usual, docs] } });
  const fetch = (id: string) => one.before(id, 'WebFetch', { url: 'https://docs.example.org/a' });
  const answer = await fetch('f1');
  const [, approval = ''] = /writ inbox (\S+) yes/.exec('tell' in answer ? (answer.tell ?? '') : '') ?? [];
  const { text_digest: digest } = one.need(await one.owner.call(controlApi.getApproval, { params: { id: approval } }));
  const body = { text_digest: digest ?? '', remember: true };
  one.need(await one.owner.call(controlApi.giveApproval, { params: { id: approval }, body }));
  for (const id of ['f2', 'f3', 'f4']) {
    expect(await fetch(id), id).toEqual({ kind: 'allow' });
    await one.after(id);
  }
  const { items } = one.need(await one.owner.call(controlApi.listAdvances, {}));
  const [remembered] = items;
  one.need(await one.owner.call(controlApi.withdrawAdvance, { params: { id: remembered?.id ?? '' }, body: {} }));
  expect(await fetch('f5')).toMatchObject({ kind: 'refuse', why: expect.stringContaining('Not yet') });
});
