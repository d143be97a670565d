/**
 * For each class of action: what mediates it, what isolates it, and what neither reaches, on this machine. Data, and one probe: it claims nothing that a probe did not show, and is the
 * same in words as docs/guide/guarantees.md.
 */

import type { ActionClass } from '@writ/authority';
import type { SandboxProbe } from '../supervisor/probe-sandbox.ts';

/** `run`: started by the enforcer, as in a mission. `attended`: a harness at somebody's terminal. */
export type ScopePlace = 'run' | 'attended';

type Row = { readonly mediated: string; readonly isolated: string; readonly outside: string };

const run: Readonly<Record<ActionClass, Row>> = {
  non_consequential: {
    mediated: "the run's door: notes, questions and proposals go to control as the run",
    isolated: 'the door is the only way to control',
    outside: 'what is said in them',
  },
  consequential_read: {
    mediated: 'the egress gate, by method, host and path; nothing for files inside the sandbox',
    isolated: "homes, credentials and Writ's state are not visible; no network but the gate",
    outside: 'reading the rest of the file system; everything, with `network: open`',
  },
  workspace_write: {
    mediated: 'the run as a whole: begun, on a lease, frozen and ended',
    isolated: 'everything but the worktree is read-only',
    outside: 'what is written inside the worktree; loose objects of the repository',
  },
  consequential_write: {
    mediated:
      'a push by the door and the broker; a connection or a call of a model by the egress gate; each begun and settled',
    isolated: 'no network but the gate, and no credential',
    outside: 'what is sent inside an encrypted connection; what a remote does after a pack has arrived',
  },
  irreversible_action: {
    mediated: 'a forced push by the door and the broker, with a permit for that change alone',
    isolated: 'no network but the gate, and no credential',
    outside: 'what a remote does after a pack has arrived',
  },
  external_commitment: {
    mediated:
      'a tag by the broker; what is sent in the clear, or with a credential, by the egress gate; a tool by the door',
    isolated: 'no network but the gate, and no credential',
    outside: 'what a host takes without a credential, inside an encrypted connection the mandate names',
  },
  privileged_administration: {
    mediated: 'control, which refuses and records; a write to what governs the run is seen and put back',
    isolated: "keys, tokens and Writ's state are not visible; Git's rules are copies",
    outside: 'settings in its worktree, for the moments until they are put back',
  },
};

const attended: Readonly<Record<ActionClass, Row>> = {
  non_consequential: {
    mediated: 'nothing that has to be',
    isolated: '',
    outside: 'what is said',
  },
  consequential_read: {
    mediated: "the harness's own hooks, by path and by the text of a command; the egress gate, by host or by address",
    isolated: "the known places of credentials, and Writ's state, are not visible; no network but the gate",
    outside: 'what a command reads once it runs; everything, with `--network open`',
  },
  workspace_write: {
    mediated: "the harness's own hooks; one operation a turn, with the tree it left",
    isolated: 'everything but the repository and what the harness keeps is read-only',
    outside: 'what a command writes inside the repository once it runs',
  },
  consequential_write: {
    mediated:
      "the harness's own hooks, by the text of a command; a connection by the egress gate; each begun and settled",
    isolated: 'the usual credentials are not visible; no network but the gate',
    outside: 'what is sent inside an encrypted connection; everything on the network, with `--network open`',
  },
  irreversible_action: {
    mediated: "the harness's own hooks, by the text of a command; a yes each time",
    isolated: 'the usual credentials are not visible; no network but the gate',
    outside: 'what a host takes without a credential, inside an encrypted connection that was approved',
  },
  external_commitment: {
    mediated: "the harness's own hooks, by the text of a command; a yes each time",
    isolated: 'the usual credentials are not visible; no network but the gate',
    outside: 'what a host takes without a credential, inside an encrypted connection that was approved',
  },
  privileged_administration: {
    mediated: "the harness's own hooks, by path and by the text of a command",
    isolated: "settings and hooks that exist at the start are read-only; Writ's state is not visible",
    outside: 'files of that kind that do not exist yet',
  },
};

/** Where rules of the kernel stand in the place of mounts: nothing is put back, because nothing is written. */
const administrationByRules: Row = {
  mediated:
    'control, which refuses and records; a write to what governs the run is refused where it is tried, and not recorded',
  isolated: "keys, tokens and Writ's state are not visible; Git's rules and settings of harnesses are read-only",
  outside: 'settings in other places of its worktree than its top',
};

/** The same around a session at a terminal. */
const attendedByRules: Row = {
  ...attended.privileged_administration,
  isolated: "settings and hooks are read-only, also those that do not exist yet; Writ's state is not visible",
  outside: 'settings in other places of its repository than its top',
};

/** What was tried here: the sandbox of runs, and that of sessions at a terminal. */
export type Probes = { readonly runs: SandboxProbe; readonly sessions: SandboxProbe };

export type ClassLine = {
  readonly action_class: ActionClass;
  readonly place: ScopePlace;
  readonly mediated_by: string;
  readonly isolated_by: string;
  readonly outside: string;
  readonly holds: 'enforced' | 'cooperative';
};

/** A line for each class and place. Of hooks it says *cooperative* wherever they are; of a sandbox only where one was seen to work. */
export function classScope({ runs, sessions }: Probes): readonly ClassLine[] {
  return [
    ...lines('run', runs, byRules(runs) ? { ...run, privileged_administration: administrationByRules } : run),
    ...lines(
      'attended',
      sessions,
      byRules(sessions) ? { ...attended, privileged_administration: attendedByRules } : attended,
    ),
  ];
}

const byRules = (probe: SandboxProbe): boolean => probe.works && probe.places === 'outside';

const lines = (
  place: ScopePlace,
  probe: SandboxProbe,
  rows: Readonly<Record<ActionClass, Row>>,
): readonly ClassLine[] =>
  // The rows are a record of the classes.
  (Object.keys(rows) as ActionClass[]).map((actionClass) => {
    const { mediated, isolated, outside } = rows[actionClass];
    return {
      action_class: actionClass,
      place,
      mediated_by: mediated,
      isolated_by: probe.works ? isolated : `nothing: ${probe.why}`,
      outside: probe.works ? outside : 'everything a process of yours can do',
      holds: probe.works && place === 'run' ? 'enforced' : 'cooperative',
    };
  });
