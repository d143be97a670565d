/** What this machine really enforces, line by line, from what was tried here. It claims nothing that a probe did not show. */

import type { enforcerApi } from '@writ/protocol';
import type { ShownAdapter } from '../gateway/adapters/shown-adapters.ts';
import type { Probes } from './class-scope.ts';
import { classScope } from './class-scope.ts';
import { harnessScope } from './harness-scope.ts';
import { hookLevels } from './hook-levels.ts';

export type ScopeWire = (typeof enforcerApi)['scope']['reply']['_zod']['output'];
type Line = ScopeWire['lines'][number];

/** What the system shows of processes by which those of a run are found. */
const foundBy =
  process.platform === 'linux'
    ? 'descent, session, marker and output'
    : 'descent, group and marker, but for markers of the system’s own programs';

/** The enforcement scope statement of this machine. `shown`: what the canary showed of harnesses here. */
export function scopeOf(probes: Probes, shown: Readonly<Record<string, ShownAdapter>>): ScopeWire {
  const { runs: probe, sessions } = probes;
  const holds = probe.works ? 'enforced' : 'cooperative';
  const by = !probe.works
    ? `nothing: ${probe.why}`
    : probe.places === 'own'
      ? `${probe.by}: own user, process, network and mount namespaces`
      : `${probe.by}: rules of the kernel on paths, ports and sockets`;
  const hasOwnPlaces = probe.works && probe.places === 'own';
  const endsTogether = probe.works && probe.processes === 'namespace';
  const ofProcesses = endsTogether ? 'enforced' : 'cooperative';
  const line = (what: string, mediated: string, isolated = by, standing: Line['holds'] = holds): Line => ({
    what,
    mediated_by: mediated,
    isolated_by: isolated,
    holds: standing,
  });
  return {
    strength: probe.works ? 'contain' : 'watch',
    enforced: probe.works,
    classes: [...classScope(probes)],
    hook_levels: [...hookLevels],
    harnesses: harnessScope(shown).map((one) => ({ ...one, not_guaranteed: [...one.not_guaranteed] })),
    lines: [
      line('files outside the worktree', hasOwnPlaces ? 'read-only mounts' : 'read-only'),
      line("Writ's state, keys and tokens", 'not visible to a contained run'),
      line("the person's home, credentials and agents' sockets", 'not visible to a contained run'),
      line('other branches', 'read-only; a directory of branches of its own'),
      ...(hasOwnPlaces || !probe.works
        ? [
            line("Git's hooks and configuration", 'copies of its own; a write is seen, thrown away and recorded'),
            line(
              "settings and hooks of its harness, and Writ's, in its worktree",
              'a write is seen, put back within moments and recorded',
              'nothing meanwhile',
              'cooperative',
            ),
          ]
        : [
            line("Git's hooks and configuration", 'read-only; a write is refused, and leaves no record'),
            line(
              "settings and hooks of its harness, and Writ's, in its worktree",
              'read-only, also those that do not exist yet; a write is refused, and leaves no record',
            ),
          ]),
      line('network', 'none inside, unless the run was started with `network: gated` or `network: open`'),
      line(
        'network of a run with `network: gated`',
        probe.works
          ? 'the egress gate: encrypted connections by host and port, the rest by method, host and path; closed by a stop'
          : 'the egress gate, for programs that use the proxy they are told of',
        probe.works ? `${by}; one ${hasOwnPlaces ? 'socket' : 'port'} leads to the gate` : by,
      ),
      line(
        'network of a session at a terminal',
        sessions.works ? 'the egress gate, unless it was started with `--network open`' : 'nothing: it is open',
        !sessions.works
          ? `nothing: ${sessions.why}`
          : sessions.places === 'own'
            ? `${by}; ports inside lead to the gate and to its hooks`
            : `${by}; two ports are its own, the gate's and its hooks'`,
        sessions.works ? 'enforced' : 'cooperative',
      ),
      line(
        'private addresses, and names that lead to them, from a gated run',
        'the gate looks at every address as it connects, and connects to what it looked at',
      ),
      line(
        'credentials a gated run uses (`writ credential`)',
        'the egress gate puts them into requests of their own place; the run has a placeholder',
      ),
      line(
        'tokens and money of models, through the gate',
        'the egress gate counts each call, and refuses it at the end of the budget',
      ),
      line('tokens and money of models, over a connection of the run’s own', 'nothing', 'nothing', 'outside'),
      line('what is sent inside an encrypted connection of a gated run', 'nothing', 'nothing', 'outside'),
      line('pushes', "the agent's door and the broker: two phases, a permit, the person's credential outside the run"),
      line(
        'processes that leave their group or session',
        endsTogether ? 'end with their process namespace' : `found by ${foundBy}`,
        endsTogether || !probe.works ? by : 'nothing',
        ofProcesses,
      ),
      line(
        'freezing and killing a run',
        'SIGSTOP and SIGKILL to every process found, verified',
        'the operating system',
        ofProcesses,
      ),
      line(
        'the end of the enforcer itself',
        endsTogether
          ? 'contained runs end with it'
          : process.platform === 'linux'
            ? 'the first process ends with it, the rest when it is back'
            : 'its runs go on, on their leases, and are ended when it is back',
        endsTogether || !probe.works ? by : 'nothing',
        ofProcesses,
      ),
      line(
        'what a remote does after a pack has arrived',
        'a remote that checks permits; any other is observed',
        'nothing',
        'outside',
      ),
      line('reading the rest of the file system', 'nothing', 'nothing', 'outside'),
      line('loose objects of the repository a run works in', 'nothing', 'nothing', 'outside'),
    ],
  };
}
