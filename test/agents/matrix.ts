/**
 * What was seen of each real program through each of its doors, property by property: the test that shows it, or why it is not guaranteed. Data, from which the tables of docs/guide/guarantees.md are made;
 * `test/house/guarantees.test.ts` looks that each test is there. It says nothing that a test does not.
 */

/** A file of the suites, and how the name of a test in it begins. */
export type Shown = { readonly file: string; readonly test: string };

export type Property = {
  readonly what: string;
  readonly by: readonly Shown[];
  /** By program, where it is not as the others. */
  readonly except?: Readonly<Record<string, string>>;
};

export type SeenDoor = {
  readonly door: string;
  readonly programs: readonly string[];
  readonly properties: readonly Property[];
};

const shown = (file: string, test: string): Shown => ({ file, test });
const door = (test: string): readonly Shown[] => [shown('test/agents/door.ts', test)];
const editor = (test: string): readonly Shown[] => [shown('test/agents/editor-acp.agents.test.ts', test)];
const mission = (test: string): readonly Shown[] => [shown('test/agents/mission-acp.agents.test.ts', test)];
const faults: readonly Shown[] = [
  shown('test/agents/kit.agents.test.ts', '%s'),
  shown('enforce/gateway/adapters/opencode-plugin.int.test.ts', 'after %s no call runs'),
  shown('enforce/gateway/adapters/opencode-plugin.int.test.ts', 'where nobody listens no call runs'),
];

const what = {
  allowed: 'an allowed call runs, one outside has no effect',
  narrowed: 'narrowed, the next call outside has no effect',
  suspended: 'suspended it stands still, reinstated it goes on',
  revoked: 'revoked in the middle of a call, its process tree ends',
  resumed: 'resumed after the revocation it does no work',
  helper: 'a sub-agent without a child mandate does no work',
  faults: 'its hook killed, silent or answering garbage: no call runs',
  together: 'two under one mission stop together',
  gone: 'control gone: it stands still',
} as const;

const stopped = door('suspended it stands still, reinstated it goes on, narrowed');
const runsOrNot = door('what is allowed runs, what is not has no effect');
const [asItself, noHook, noMission] = ['_not guaranteed_ ¹', 'no hook ²', 'no mission ³'];
const [itsPlugin, atTerminal] = ['its plugin ⁴', 'at a terminal ⁵'];
const acp = ['claude-agent-acp', 'codex-acp', 'gemini --acp', 'opencode acp'] as const;
const allOfThem = (cell: string) => Object.fromEntries(acp.map((name) => [name, cell]));

/** What the marks in the tables mean. */
export const marks: readonly string[] = [
  '¹ a helper acts as the agent itself: under its mandate, in its sandbox, and no further.',
  '² it has no hook of ours: what it asks leave for by the protocol does not run before it was answered.',
  '³ each session has a mandate of its own; shown: one `writ stop --all` ends all of them.',
  '⁴ shown of the plugin alone, without the program around it.',
  '⁵ the same hooks, shown there.',
];

/** Every door there is, with every property. */
export const seenDoors: readonly SeenDoor[] = [
  {
    door: 'At a terminal (`writ claude` and its like)',
    programs: ['Claude Code', 'Codex', 'Gemini CLI', 'opencode'],
    properties: [
      { what: what.allowed, by: runsOrNot },
      { what: what.narrowed, by: stopped },
      { what: what.suspended, by: stopped },
      { what: what.revoked, by: stopped },
      { what: what.resumed, by: stopped },
      { what: what.helper, by: runsOrNot, except: { 'Gemini CLI': 'shown: none is started' } },
      { what: what.faults, by: faults, except: { opencode: itsPlugin } },
      {
        what: what.together,
        by: [shown('test/agents/together.agents.test.ts', 'four programs beside one mission know of it')],
      },
      { what: what.gone, by: door('with control gone a call has no effect') },
    ],
  },
  {
    door: 'Behind an editor (`writ acp`)',
    programs: acp,
    properties: [
      { what: what.allowed, by: editor('an allowed call runs, and what was not approved') },
      { what: what.narrowed, by: editor('narrowed, the next call outside has no effect') },
      { what: what.suspended, by: editor('suspended all of them stand still') },
      { what: what.revoked, by: editor('revoked in the middle of a call all of them end') },
      { what: what.resumed, by: editor('revoked in the middle of a call all of them end') },
      {
        what: what.helper,
        by: editor('a helper works under a child mandate'),
        except: { 'codex-acp': asItself, 'gemini --acp': 'shown: none is started' },
      },
      {
        what: what.faults,
        by: faults,
        except: {
          'claude-agent-acp': atTerminal,
          'codex-acp': noHook,
          'gemini --acp': noHook,
          'opencode acp': `${atTerminal}, ${itsPlugin}`,
        },
      },
      {
        what: what.together,
        by: editor('revoked in the middle of a call all of them end'),
        except: allOfThem(noMission),
      },
      { what: what.gone, by: editor('with control gone all of them stand still') },
    ],
  },
  {
    door: 'At the work of a mission (`driver: acp`)',
    programs: acp,
    properties: [
      { what: what.allowed, by: mission('an allowed call runs, a push that was approved lands') },
      { what: what.narrowed, by: mission('narrowed, the next push has no effect') },
      { what: what.suspended, by: mission('suspended all of them stand still') },
      { what: what.revoked, by: mission('one revocation in the middle of a call ends all of them') },
      { what: what.resumed, by: mission('revoked, none of them is woken') },
      {
        what: what.helper,
        by: [],
        except: allOfThem(asItself),
      },
      {
        what: what.faults,
        by: [],
        except: allOfThem(noHook),
      },
      { what: what.together, by: mission('one revocation in the middle of a call ends all of them') },
      { what: what.gone, by: mission('with control gone all of them stand still') },
    ],
  },
];
