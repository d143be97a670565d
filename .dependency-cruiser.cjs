/**
 * Who may import whom (AGENTS.md). Each rule has a planted violation in test/house/boundaries.test.ts.
 * An import that leads nowhere is the compiler's to report. Tests obey the same rules; what they may have besides is test/kit, development packages and Node built-ins.
 */
const rooms = '^(authority|control|enforce|runtime|platform/journal|platform/protocol|apps/server|apps/cli)';
const test = '[.]test[.]ts$';
const outside = '(^|/)node_modules/';

/** A rule: files of `room` import, of ours, only `room` itself and `may`. */
const room = (name, path, may, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: `^${path}/` },
  to: {
    path: `${rooms}/`,
    pathNot: [`^${path}/`, ...may.map((other) => `^${other}/`)],
  },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'authority-imports-nothing',
      comment: 'authority decides, from its arguments alone: no room, no package, no Node built-in',
      severity: 'error',
      from: { path: '^authority/', pathNot: test },
      to: { pathNot: '^authority/' },
    },
    room('authority-imports-no-room', 'authority', [], 'the tests of authority need no other room either'),
    room('control-imports', 'control', ['authority', 'platform/journal', 'platform/protocol'], 'never runtime'),
    room('enforce-imports', 'enforce', ['authority', 'platform/protocol'], 'an effect is judged without a store'),
    room(
      'runtime-imports',
      'runtime',
      ['authority', 'enforce', 'platform/journal', 'platform/protocol'],
      'runtime meets control only through the client of enforce',
    ),
    room('journal-imports', 'platform/journal', ['authority'], 'the platform knows no room but authority'),
    room('protocol-imports', 'platform/protocol', ['authority'], 'the platform knows no room but authority'),
    room(
      'server-imports',
      'apps/server',
      ['authority', 'control', 'enforce', 'runtime', 'platform/journal', 'platform/protocol'],
      'the server never imports the command',
    ),
    {
      name: 'nobody-imports-the-command',
      comment: 'apps/cli is the composition root; tests drive it as a program',
      severity: 'error',
      from: { pathNot: '^apps/cli/' },
      to: { path: '^apps/cli/' },
    },
    {
      name: 'rooms-through-their-face',
      comment:
        'another room is imported as @writ/name: its index.ts is all there is, and of enforce its client, or what a launcher needs at a time, alone',
      severity: 'error',
      from: { path: `${rooms}/` },
      to: {
        path: `${rooms}/`,
        pathNot: ['^$1/', `${rooms}/index[.]ts$`, '^enforce/(client|probe|start|attended|harness)/index[.]ts$'],
      },
    },
    {
      name: 'a-look-loads-nothing',
      comment: 'what a launcher looks at while everything else is loaded must not load it first',
      severity: 'error',
      from: { path: '^enforce/probe/' },
      to: { path: '^(authority|platform)/', reachable: true },
    },
    {
      name: 'rooms-by-name',
      comment: 'another room is @writ/name, never a path that climbs out of this one',
      severity: 'error',
      from: { path: `${rooms}/` },
      to: { path: `${rooms}/`, pathNot: '^$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'visitors-through-the-face',
      comment:
        'test, bench, conformance, examples and scripts use a room as anyone would; what stands in for a module has its types',
      severity: 'error',
      from: { path: '^(test|bench|conformance|examples|scripts)/', pathNot: '^test/simulation/stand-ins/' },
      to: { path: `${rooms}/`, pathNot: [`${rooms}/index[.]ts$`, '^apps/cli/'] },
    },
    {
      name: 'product-needs-no-test',
      comment: 'what ships imports neither the test kit nor a test',
      severity: 'error',
      from: { path: `${rooms}/`, pathNot: test },
      to: { path: ['^(test|bench|conformance|examples)/', test] },
    },
    {
      name: 'setup-needs-no-install',
      comment: 'these run before anything is installed, on the Node the machine has',
      severity: 'error',
      from: { path: '^scripts/[^/]+[.]mjs$' },
      to: { path: [outside, `${rooms}/`, '[.]ts$'] },
    },
    {
      name: 'no-cycles',
      comment: 'what imports each other is one thing, or one of the two is in the wrong place',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: outside },
    exclude: { path: ['^examples/', '(^|/)test/agents/node_modules/', '(^|/)dist/', '^[.]'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.cjs', '.json'],
    },
  },
};
