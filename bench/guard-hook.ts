/**
 * What a call of a harness waits for the guard of a repository (`writ init --guard`): the command as it stands in the harness's settings, from its start until it answered, beside a hook that reads
 * what it is told and says nothing. The guard is resident, as after `writ up`.
 *
 * Run: npm run bench -- guard-hook
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inMs, interleaved, median, row } from './support/measure.ts';
import { openRepositoryWorld } from './support/repository-world.ts';

const callsPerTurn = 40;
/** What a call may cost more. */
const mostMs = 20;

await using house = await openRepositoryWorld();
const { world, cwd } = house;
await house.must(['init', '--preset', 'worktree', '--guard', '--yes']);

/** The command that Claude Code runs before a call here. */
function guardCommand(): string {
  const settings: unknown = JSON.parse(readFileSync(join(cwd, '.claude', 'settings.json'), 'utf8'));
  // As `writ init` wrote it.
  const { hooks } = settings as { hooks: { PreToolUse: readonly { hooks: readonly { command: string }[] }[] } };
  const command = hooks.PreToolUse[0]?.hooks[0]?.command;
  if (command === undefined) throw new Error('`writ init --guard` wrote no hook');
  return command;
}

const call = (command: string): string =>
  JSON.stringify({
    ...{ session_id: 's', transcript_path: '/t', cwd, hook_event_name: 'PreToolUse', permission_mode: 'default' },
    ...{ tool_name: 'Bash', tool_input: { command }, tool_use_id: 'u' },
  });
const run = (hook: string, command: string): string => {
  const { status, stdout } = spawnSync('/bin/sh', ['-c', hook], {
    ...{ cwd, env: world.env, input: call(command), encoding: 'utf8' },
  });
  if (status !== 0) throw new Error(`the hook ended with ${String(status)}`);
  return stdout;
};

const guard = guardCommand();
if (!run(guard, 'git push origin main').includes('"deny"')) throw new Error('the guard does not hold');

const each: Readonly<Record<'bare' | 'ours', number[]>> = { bare: [], ours: [] };
function answered(how: 'bare' | 'ours'): number {
  const took: number[] = [];
  for (let one = 0; one < callsPerTurn; one += 1) {
    const began = performance.now();
    run(how === 'ours' ? guard : 'call=$(cat); exit 0', `npm test -- ${String(one)}`);
    took.push(performance.now() - began);
  }
  each[how].push(...took);
  return median(took);
}

const { bare, ours } = await interleaved({ bare: () => answered('bare'), ours: () => answered('ours') });
const p99 = (all: readonly number[]): number =>
  all.toSorted((a, b) => a - b)[Math.floor(all.length * 0.99)] ?? Number.NaN;
row({
  what: 'a call under the guard of a repository',
  beside: 'a hook that says nothing',
  ratio: ours / bare,
  bar: { atMost: Math.round((1 + mostMs / bare) * 100) / 100 },
  ours: `${inMs(ours)}, p99 ${inMs(p99(each.ours))}`,
  theirs: `${inMs(bare)}, p99 ${inMs(p99(each.bare))}`,
});
