/** Ten pieces of work as a model would have them done: what each session finds in its repository, and the calls it makes, turn by turn. Data. */

import type { ScriptedCall } from '@writ/enforce';

export type SessionScript = {
  readonly name: string;
  readonly harness: 'claude' | 'codex' | 'opencode';
  readonly task: string;
  readonly files: Readonly<Record<string, string>>;
  /** The calls of each turn, in the folder `at`. */
  readonly calls: (at: string) => readonly (readonly ScriptedCall[])[];
  /** By what its task contains: the turns of each sub-agent. */
  readonly helpers?: (at: string) => Readonly<Record<string, readonly (readonly ScriptedCall[])[]>>;
};

const app = {
  'package.json':
    '{"name":"app","version":"1.0.0","scripts":{"test":"node --test","lint":"node --check src/cart.js"}}\n',
  'package-lock.json': '{"name":"app","lockfileVersion":3,"packages":{"":{"name":"app"}}}\n',
  'src/cart.js': 'exports.total = (items) => items.reduce((sum, item) => sum + item.price, 1);\n',
  'src/format.js': 'exports.money = (n) => `${n} EUR`;\n',
  'test/cart.test.js':
    "const { test } = require('node:test');\nconst { total } = require('../src/cart.js');\ntest('total', () => { if (total([{ price: 1 }]) !== 1) throw new Error('off by one'); });\n",
  'README.md': '# app\n\nA cart.\n',
  'docs/guide.md': '# Guide\n\nHow to use it.\n',
};

const as = 'git -c user.name=dev -c user.email=dev@example.invalid';

// The words of each harness for the same few things.
const bash = (command: string): ScriptedCall => ({ name: 'Bash', input: { command, description: 'work' } });
const read = (at: string, path: string): ScriptedCall => ({ name: 'Read', input: { file_path: `${at}/${path}` } });
const edit = (at: string, path: string, old_string: string, new_string: string): ScriptedCall => ({
  name: 'Edit',
  input: { file_path: `${at}/${path}`, old_string, new_string },
});
const write = (at: string, path: string, content: string): ScriptedCall => ({
  name: 'Write',
  input: { file_path: `${at}/${path}`, content },
});
const agent = (kind: string, prompt: string): ScriptedCall => ({
  name: 'Agent',
  input: { description: 'help', prompt, subagent_type: kind, run_in_background: false },
});
const exec = (cmd: string): ScriptedCall => ({ name: 'exec_command', input: { cmd } });
const patch = (body: string): ScriptedCall => exec(`apply_patch <<'EOF'\n*** Begin Patch\n${body}\n*** End Patch\nEOF`);
const oc = (name: string, input: Readonly<Record<string, string>>): ScriptedCall => ({ name, input });

export const sessionScripts: readonly SessionScript[] = [
  {
    name: 'bug-fix',
    harness: 'claude',
    task: 'fix the total of the cart',
    files: app,
    calls: (at) => [
      [bash('git status && git log --oneline -5'), { name: 'Glob', input: { pattern: '**/*.js', path: at } }],
      [read(at, 'src/cart.js'), read(at, 'test/cart.test.js')],
      [bash('npm test 2>&1 | tail -20')],
      [{ name: 'Grep', input: { pattern: 'total', path: at } }],
      [edit(at, 'src/cart.js', 'item.price, 1)', 'item.price, 0)')],
      [bash('npm test'), bash('npm run lint')],
      [bash('git diff')],
      [bash(`git add -A && ${as} commit -q -m "fix: the total starts at nothing"`)],
    ],
  },
  {
    name: 'refactor',
    harness: 'claude',
    task: 'move the money format into a folder of its own',
    files: app,
    calls: (at) => [
      [bash('ls -R src test')],
      [read(at, 'src/format.js'), read(at, 'src/cart.js')],
      [bash('mkdir -p src/text && git mv src/format.js src/text/money.js')],
      [write(at, 'src/text/index.js', "exports.money = require('./money.js').money;\n")],
      [read(at, 'src/text/money.js')],
      [edit(at, 'src/text/money.js', '`${n} EUR`', '`${n.toFixed(2)} EUR`')],
      [bash('grep -rn "format.js" src test || true')],
      [bash('npm test; npm run lint')],
      [bash("sed -i 's/A cart/A cart with text/' README.md")],
      [bash(`git add -A && ${as} commit -q -m "refactor: text has a folder" && git show --stat HEAD`)],
    ],
  },
  {
    name: 'dependency-bump',
    harness: 'claude',
    task: 'bring a schema library in and use it',
    files: app,
    calls: (at) => [
      [read(at, 'package.json'), bash('npm ls --depth=0')],
      [bash('npm ci --ignore-scripts --offline')],
      [bash('npm install --ignore-scripts --offline zod@4')],
      [bash('npm install --ignore-scripts --offline zod@4 --save-exact')],
      [edit(at, 'package.json', '"version":"1.0.0"', '"version":"1.1.0"')],
      [bash('npm test')],
      [bash(`git add -A && ${as} commit -q -m "feat: schemas"`)],
    ],
  },
  {
    name: 'docs',
    harness: 'codex',
    task: 'write down how the cart is used',
    files: app,
    calls: () => [
      [exec('ls && cat README.md docs/guide.md')],
      [exec('grep -n "exports" src/*.js')],
      [patch('*** Update File: docs/guide.md\n@@\n-How to use it.\n+Call `total` with the items.')],
      [exec('git diff docs')],
      [patch('*** Add File: docs/format.md\n+# Format\n+\n+Money is in euros.')],
      [exec('wc -l docs/*.md && git status --short')],
      [exec(`git add docs && ${as} commit -q -m 'docs: the cart'`)],
    ],
  },
  {
    name: 'test-writing',
    harness: 'codex',
    task: 'test the money format',
    files: app,
    calls: () => [
      [exec('cat src/format.js test/cart.test.js')],
      [exec('node --version && npm test 2>&1 | tail -5')],
      [
        patch(
          "*** Add File: test/format.test.js\n+const { test } = require('node:test');\n+const { money } = require('../src/format.js');\n+test('money', () => { if (money(1) !== '1 EUR') throw new Error(money(1)); });",
        ),
      ],
      [exec('node --test test/format.test.js')],
      [exec('node --test --experimental-test-coverage test/format.test.js | tail -12')],
      [exec('for i in 1 2 3; do node --test test/format.test.js > /dev/null || exit 1; done')],
      [exec('git diff --stat; git status --short')],
      [exec(`git add -A && ${as} commit -q -m 'test: money'`)],
    ],
  },
  {
    name: 'review',
    harness: 'claude',
    task: 'review the last change',
    files: app,
    calls: (at) => [
      [bash('git log --stat -3')],
      [bash('git show HEAD --stat && git diff HEAD~0')],
      [read(at, 'src/cart.js'), read(at, 'src/format.js'), read(at, 'README.md')],
      [{ name: 'Grep', input: { pattern: 'reduce', path: at } }],
      [bash('git blame src/cart.js | head -5')],
      [bash('find . -name "*.js" -not -path "./node_modules/*" | xargs wc -l')],
    ],
  },
  {
    name: 'migration',
    harness: 'opencode',
    task: 'move the sources to modules',
    files: app,
    calls: (at) => [
      [oc('glob', { pattern: '**/*.js', path: at })],
      [oc('read', { filePath: `${at}/src/cart.js` }), oc('read', { filePath: `${at}/src/format.js` })],
      [oc('edit', { filePath: `${at}/src/cart.js`, oldString: 'exports.total =', newString: 'export const total =' })],
      [
        oc('edit', {
          filePath: `${at}/src/format.js`,
          oldString: 'exports.money =',
          newString: 'export const money =',
        }),
      ],
      [oc('write', { filePath: `${at}/scripts/check.mjs`, content: "import '../src/format.js';\n" })],
      [oc('bash', { command: 'node scripts/check.mjs', description: 'check' })],
      [oc('grep', { pattern: 'require\\(', path: at })],
      [oc('bash', { command: 'npm test || true; npm pkg set type=module', description: 'test' })],
      [oc('bash', { command: `git add -A && ${as} commit -q -m "refactor: modules"`, description: 'commit' })],
    ],
  },
  {
    name: 'push-and-pull-request',
    harness: 'claude',
    task: 'put the fix on a branch and open a pull request',
    files: app,
    calls: (at) => [
      [bash('git switch -c writ/total')],
      [read(at, 'src/cart.js')],
      [edit(at, 'src/cart.js', 'item.price, 1)', 'item.price, 0)')],
      [bash('npm test')],
      [bash(`git add -A && ${as} commit -q -m "fix: total"`)],
      [bash('git push -u origin writ/total')],
      [bash('gh pr create --title "fix: total" --body "It started at one."')],
      [bash('git log --oneline -2')],
    ],
  },
  {
    name: 'research',
    harness: 'opencode',
    task: 'find out how others round money',
    files: app,
    calls: (at) => [
      [oc('read', { filePath: `${at}/src/format.js` })],
      [oc('webfetch', { url: 'https://github.com/moneyphp/money/blob/master/README.md', format: 'markdown' })],
      [oc('webfetch', { url: 'https://docs.example.org/rounding', format: 'markdown' })],
      [oc('webfetch', { url: 'https://docs.example.org/rounding/half-even', format: 'markdown' })],
      [oc('grep', { pattern: 'EUR', path: at })],
      [oc('write', { filePath: `${at}/docs/rounding.md`, content: '# Rounding\n\nHalf to even.\n' })],
      [oc('bash', { command: 'git status --short', description: 'look' })],
    ],
  },
  {
    name: 'with-helpers',
    harness: 'claude',
    task: 'find what uses the cart, and document it',
    files: app,
    calls: (at) => [
      [agent('Explore', 'helper one: where is the cart used')],
      [agent('general-purpose', 'helper two: write the page')],
      [read(at, 'docs/cart.md')],
      [bash('git status --short && npm test')],
      [bash(`git add -A && ${as} commit -q -m "docs: where the cart is used"`)],
    ],
    helpers: (at) => ({
      'helper one': [
        [{ name: 'Grep', input: { pattern: 'cart', path: at } }],
        [read(at, 'src/cart.js'), bash('git log --oneline -3')],
      ],
      'helper two': [
        [read(at, 'docs/guide.md')],
        [write(at, 'docs/cart.md', '# Cart\n\nUsed in the tests.\n')],
        [bash('cat docs/cart.md')],
      ],
    }),
  },
];
