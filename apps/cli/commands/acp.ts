/**
 * `writ acp -- AGENT`: an editor starts it in place of the agent, and Writ stands between the two. At a terminal a person says once what an agent may do here, and is shown what the editor is
 * told; the editor's start alone never says it.
 */

import { acpAgentOf } from '@writ/enforce';
import { projectName } from '@writ/protocol';
import { exitCodes, failed, usage } from '../exit.ts';
import { choosePreset } from '../launcher/choose-preset.ts';
import { launchHarness } from '../launcher/launch.ts';
import { lookAhead } from '../launcher/look-ahead.ts';
import { isOffered, rememberPreset } from '../launcher/preset-choice.ts';
import { presetHere } from '../launcher/repository-preset.ts';
import { repositoryAround } from '../place/repository.ts';
import type { CommandRun } from '../program/command.ts';
import { listOption, textOption } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { refuseInside } from '../program/refuse-inside.ts';

export const run: CommandRun = async (context, input) => {
  refuseInside(context, 'start a session of its own');
  const argv = input.words[0] === '--' ? input.words.slice(1) : [...input.words];
  if (argv.length === 0) throw usage('there is no agent to start', 'such as `writ acp -- claude-agent-acp`');
  const preset = textOption(input, 'preset');
  if (context.io.stdin.isTTY) return setUp(context, argv, preset);
  if (preset !== undefined)
    throw usage(
      '`--preset` is not for an editor to say',
      'choose it at a terminal, with `writ acp --preset NAME -- AGENT`',
    );
  const [order, network] = [textOption(input, 'order'), textOption(input, 'network')];
  return launchHarness({
    door: { kind: 'acp', agent: acpAgentOf(argv), argv },
    io: context.io,
    ahead: lookAhead(context.io),
    reach: listOption(input, 'reach'),
    ...(order && { order }),
    ...(network && { network }),
  });
};

/** A person at a terminal: the choice, and what the editor is told. */
async function setUp(context: Context, argv: readonly string[], wanted: string | undefined): Promise<number> {
  const { io, home } = context;
  const around = await repositoryAround(io.cwd);
  if (around.kind === 'unusable') throw failed(around.sentence, around.wayOut);
  const root = around.kind === 'found' ? around.root : io.cwd;
  const project = projectName(root);
  const chosen = await choosePreset({
    ...{ context, root, project, wanted, network: 'gated' },
    unanswered: 'nothing was chosen, so that an editor starts nothing here',
  });
  if (!isOffered(chosen))
    throw usage(`\`${chosen}\` is not for an agent behind an editor`, 'one of read-only, worktree, pr');
  const { words } = presetHere(chosen, { home: home.root, root, project });
  await rememberPreset(home.root, root, chosen, words, new Date(io.now()).toISOString());
  const { name, title } = acpAgentOf(argv);
  const server = { [`${name} under Writ`]: { command: 'writ', args: ['acp', '--', ...argv] } };
  context.say(
    `${title} works in ${project} under the preset \`${chosen}\` when an editor starts it so. In Zed, as an example, its settings have:`,
    '',
    ...JSON.stringify({ agent_servers: server }, null, 2)
      .split('\n')
      .map((line) => `  ${line}`),
  );
  context.answer({ preset: chosen, project, command: 'writ', args: ['acp', '--', ...argv] });
  return exitCodes.done;
}
