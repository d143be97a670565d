/** A yes that policy wants the approver's own key for, at a real terminal: the passphrase is typed there, is never shown, and nothing else suffices. */

import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Terminal } from '../kit/terminal/terminal.ts';
import { openTerminal } from '../kit/terminal/terminal.ts';
import type { World } from './support/world.ts';
import { createWorld } from './support/world.ts';

const main = join(import.meta.dirname, '../../apps/cli/writ.js');
const passphrase = 'four plain words here';

const at = (world: World, ...words: string[]): Terminal =>
  openTerminal([process.execPath, main, ...words], { cwd: world.place, env: world.env });

async function proposed(world: World): Promise<string> {
  const { body } = await world.api<{ id: string }>('control', 'POST', '/v1/mandates', {
    project: 'app',
    purpose: 'publish the release',
    actor: 'builder',
    authorization_details: [
      {
        type: 'mission_resource_access',
        resource: 'https://registry.example/app',
        resource_match: 'exact',
        actions: ['package.publish'],
      },
    ],
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
  });
  return body.id;
}

test('a yes for a high class takes the passphrase of who gives it, typed at the terminal', async () => {
  await using world = await createWorld();
  expect((await world.writ(['up'])).code).toBe(0);
  const policy = { writ_policy: 1, classes: { external_commitment: { step_up: true } } };
  writeFileSync(join(world.place, 'policy.json'), JSON.stringify(policy));
  const early = await world.writ(['policy', 'adopt', 'policy.json', '--yes']);
  expect(early.stderr.replace(/\s+/g, ' ')).toContain('writ people step-up');

  await using enrolling = at(world, 'people', 'step-up');
  await enrolling.expect('a passphrase for your key: ');
  enrolling.press(`${passphrase}x\u007f\r`);
  await enrolling.expect('the same again: ');
  enrolling.press(`${passphrase}\r`);
  await enrolling.expect('set your key');
  expect(await enrolling.ended).toBe(0);
  expect(enrolling.screen).not.toContain('plain');
  const [kept = ''] = readdirSync(join(world.home, 'step-up'));
  expect(statSync(join(world.home, 'step-up', kept)).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(world.home, 'step-up', kept), 'utf8')).not.toContain('"d"');

  const preview = await world.writ(['policy', 'adopt', 'policy.json', '--preview']);
  expect(preview.stdout).toContain('whoever approves it signs with a key of their own');
  expect((await world.writ(['policy', 'adopt', 'policy.json', '--yes'])).code).toBe(0);

  const id = await proposed(world);
  // Unattended, through a pipe, and with nothing but the token: refused, with the way out.
  for (const words of [
    ['mandate', 'approve', id, '--yes'],
    ['inbox', id, 'yes'],
  ]) {
    const refused = await world.writ(words, { env: { WRIT_PASSPHRASE: passphrase } });
    expect([words.join(' '), refused.code]).toEqual([words.join(' '), words.includes('--yes') ? 3 : 5]);
  }

  await using wrong = at(world, 'mandate', 'approve', id);
  await wrong.expect('[r] refuse');
  wrong.press('a');
  for (let tries = 0; tries < 3; tries += 1) {
    await wrong.expect('your passphrase: ');
    wrong.press('not this one\r');
  }
  await wrong.expect('no passphrase was given that opens your key');
  expect(await wrong.ended).toBe(3);
  expect((await world.json<{ state: string }>(['mandate', 'show', id])).state).toBe('proposed');

  await using approving = at(world, 'mandate', 'approve', id);
  const text = await approving.expect('[r] refuse');
  expect(text).toContain('publish the release');
  approving.press('a');
  await approving.expect('your passphrase: ');
  approving.press(`${passphrase}\r`);
  await approving.expect('approved by owner');
  expect(await approving.ended).toBe(0);
  expect(approving.screen).not.toContain('plain');
  expect((await world.json<{ state: string }>(['mandate', 'show', id])).state).toBe('active');
  const evidence = await world.writ(['mandate', 'evidence', id, '--verify']);
  expect(evidence.code).toBe(0);
  expect(evidence.stdout).toContain('signed exactly this text with their own key');

  // And it can be kept, and verified with everything else gone.
  const { stdout } = await world.writ(['mandate', 'evidence', id, '--json']);
  writeFileSync(join(world.place, 'yes.json'), stdout);
  await world.writ(['down']);
  const offline = await world.writ(['mandate', 'evidence', '--file', 'yes.json']);
  expect([offline.code, offline.stdout.includes('control signed exactly this')]).toEqual([0, true]);
  writeFileSync(join(world.place, 'no.json'), stdout.replaceAll('publish the release', 'publish anything!!!'));
  const changed = await world.writ(['mandate', 'evidence', '--file', 'no.json']);
  expect([changed.code, changed.stdout.includes('control signed something else')]).toEqual([1, true]);
});

test('who lost the passphrase and has no other admin sets another key with the code that was shown, and everybody sees it', async () => {
  await using world = await createWorld();
  expect((await world.writ(['up'])).code).toBe(0);
  const choose = async (terminal: Terminal, words: string): Promise<string> => {
    await terminal.expect('a passphrase for your key: ');
    terminal.press(`${words}\r`);
    await terminal.expect('the same again: ');
    terminal.press(`${words}\r`);
    const text = await terminal.expect('Write it down');
    expect(await terminal.ended).toBe(0);
    return /\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){7}\b/.exec(text)?.[0] ?? '';
  };
  await using enrolling = at(world, 'people', 'step-up');
  const code = await choose(enrolling, passphrase);
  expect(code).toHaveLength(39);

  await using wrong = at(world, 'people', 'step-up', '--recover');
  await wrong.expect('the code that was shown with your key: ');
  wrong.press('0000-0000\r');
  await wrong.expect('a passphrase for your key: ');
  wrong.press('another phrase\r');
  await wrong.expect('the same again: ');
  wrong.press('another phrase\r');
  await wrong.expect('this is not the code');
  expect(await wrong.ended).toBe(3);
  expect((await world.writ(['inbox'])).stdout).toContain('nothing waits for you');

  await using recovering = at(world, 'people', 'step-up', '--recover');
  await recovering.expect('the code that was shown with your key: ');
  recovering.press(`${code.toLowerCase()}\r`);
  const next = await choose(recovering, 'another phrase');
  expect(next).not.toBe(code);
  expect(recovering.screen).not.toContain(code.toLowerCase());
  expect((await world.writ(['inbox'])).stdout).toContain('the key of `owner` was set anew with the code');
  expect((await world.writ(['log'])).stdout).toContain('owner used the code that stands in for a lost key');

  // The passphrase that is known opens the key there is now.
  await using changing = at(world, 'people', 'step-up');
  await changing.expect('the passphrase of the key you have: ');
  changing.press('another phrase\r');
  await choose(changing, 'a third one now');
});
