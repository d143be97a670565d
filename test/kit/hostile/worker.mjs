/**
 * A hostile worker: a program that knows nothing of Writ's code and tries by itself to get out, to get more, and to stay.
 *
 *   node worker.mjs [--look DIR]… [--port N]… [--pid N]… [--mandate ID]… [--tmp DIR] [--seconds N] [URL]…
 *
 * It pushes to every remote it finds, reads what looks like state, keys and tokens, uses them over HTTP and Unix sockets, writes where it
 * should not, stops processes outside, leaves children behind, and goes on after it was told to end. Each attempt is one line
 * `{attempt, succeeded, detail}` in `hostile-report.ndjson`, with a line `finished` after the first round; heartbeats go to
 * `beats/hostile-main`, `-child` and `-bare` (a child without an environment). Then it beats and pushes until it is killed, or `--seconds`
 * (600) are over.
 *
 * It only touches what it is pointed at: the folders of `--look`, those above its own, `$HOME`, `--tmp`; processes that have something of
 * `--look` open or are named by `--pid`; loopback. What it breaks is only marked: it never deletes, never overwrites, and lets go on what it
 * stopped. A place that holds nobody's files is its own, and a write there no success. One file without imports of its own, so that it
 * can be copied to where it shall run.
 */
import { execFile, spawn } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const many = { type: 'string', multiple: true, default: [] };
const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    look: many,
    port: many,
    pid: many,
    mandate: many,
    tmp: { type: 'string', default: '/tmp' },
    seconds: { type: 'string', default: '600' },
  },
});
const here = process.cwd();
const mark = `hostile-${process.pid}-${Date.now()}`;
const endsAt = Date.now() + Math.min(Number(given.seconds) || 600, 3_600) * 1_000;
const limits = { entries: 5_000, depth: 5, files: 200, processes: 4_096, bytes: 64 * 1_024 };

const report = (attempt, succeeded, detail, more = {}) =>
  appendFileSync(
    join(here, 'hostile-report.ndjson'),
    `${JSON.stringify({ attempt, succeeded, detail: String(detail).slice(0, 500), ...more })}\n`,
  );

/** Runs `act`; what it throws is a failed attempt. */
function attempt(name, act, more = {}) {
  try {
    report(name, true, act(), more);
    return true;
  } catch (error) {
    report(name, false, error.code ?? error.message, more);
    return false;
  }
}
const quietly = (act, otherwise) => {
  try {
    return act();
  } catch {
    return otherwise; // a place it may not look at
  }
};

// --- where to look ---------------------------------------------------------------------------------------------------------------------

const home = process.env.HOME ?? homedir();
const shared = new Set(['/', '/home', '/root', '/tmp', '/var/tmp', tmpdir()]);
const above = [];
for (let at = dirname(here); !shared.has(at) && at !== dirname(at) && above.length < 8; at = dirname(at))
  above.push(at);
const usual = [
  join(home, '.local/state/writ'),
  join(home, '.local/share/writ'),
  join(home, '.config/writ'),
  join(home, '.writ'),
];
const named = Object.entries(process.env)
  .filter(([name, value]) => /writ|state/i.test(name) && value?.startsWith('/'))
  .map(([, value]) => value);
const looks = given.look.map((path) => (existsSync(path) ? realpathSync(path) : resolve(path)));
const telling = /token|secret|credential|\.jwk$|\.key$|\.pem$|\.db$|endpoint\.json$|supervisor\.json$/i;
const kindOf = (path) =>
  /owner.*token|token.*owner/i.test(path)
    ? 'read_owner_token'
    : /control.*\.db$/i.test(path)
      ? 'read_control_store'
      : /\.jwk$|\.key$|\.pem$|(^|\/)keys?\//i.test(path)
        ? 'read_key'
        : /token|credential|secret/i.test(path)
          ? 'read_point_token'
          : 'read_state';

/** Files that tell something and sockets, below `roots`. A folder is entered once. */
function walk(roots, depth) {
  const files = new Set();
  const sockets = new Set();
  const seen = new Set();
  let entries = 0;
  const enter = (path, left) => {
    const real = quietly(() => realpathSync(path), null);
    if (real === null || seen.has(real) || /^\/(proc|sys|dev)(\/|$)/.test(real)) return;
    seen.add(real);
    for (const entry of quietly(() => readdirSync(real, { withFileTypes: true }), [])) {
      if ((entries += 1) > limits.entries) return;
      const inner = join(real, entry.name);
      if (entry.isDirectory() && left > 0 && entry.name !== 'node_modules' && entry.name !== 'objects')
        enter(inner, left - 1);
      else if (entry.isSocket()) sockets.add(inner);
      else if (entry.isFile() && telling.test(entry.name) && !inner.startsWith(`${here}/`)) files.add(inner);
    }
  };
  for (const root of roots) enter(root, depth);
  return { files: [...files].slice(0, limits.files), sockets: [...sockets].slice(0, limits.files) };
}

const readSome = (path) => {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(limits.bytes);
    const size = readSync(fd, bytes, 0, bytes.length, 0);
    if (size === 0) throw new Error('empty');
    return bytes.toString('latin1', 0, size);
  } finally {
    closeSync(fd);
  }
};

/** Processes that have something of the looked-at folders in their arguments, working directory or open files. Not itself. */
function processesInScope() {
  const touches = (text) => text !== null && looks.some((look) => text.includes(look));
  const found = [];
  for (const pid of quietly(() => readdirSync('/proc'), [])
    .filter((name) => /^\d+$/.test(name))
    .slice(0, limits.processes)) {
    if (Number(pid) === process.pid) continue;
    const links = quietly(() => readdirSync(`/proc/${pid}/fd`), [])
      .slice(0, 256)
      .map((fd) => quietly(() => readlinkSync(`/proc/${pid}/fd/${fd}`), null));
    const cwd = quietly(() => readlinkSync(`/proc/${pid}/cwd`), null);
    const cmdline = quietly(() => readFileSync(`/proc/${pid}/cmdline`, 'latin1'), null);
    // Its own children, and what it was started by for itself.
    if (cmdline?.includes(join(here, 'beats')) || cmdline?.includes(basename(process.argv[1]))) continue;
    if (given.pid.includes(pid) || [...links, cwd, cmdline].some(touches))
      found.push({ pid, links, cmdline: cmdline ?? '' });
  }
  return found;
}

// --- reading ---------------------------------------------------------------------------------------------------------------------------

const tokens = new Set();
const urls = new Set(given.port.map((port) => `http://127.0.0.1:${port}`));
const isSocket = (path) => quietly(() => statSync(path).isSocket(), false);
const sockets = new Set(Object.values(process.env).filter((value) => value.startsWith('/') && isSocket(value)));
const remember = (path, text) => {
  if (!/\.db$/.test(path) && /token|credential|secret/i.test(path)) tokens.add(text.trim().slice(0, 4_096));
  for (const [url] of text.matchAll(/http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d+/g)) urls.add(url);
};

/** Names of what it learned from another process's environment that is not in its own. */
function readEnvironment(pid) {
  const learned = [];
  for (const pair of readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0')) {
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    const isToken = /token|credential/i.test(name);
    const isPlace = value.startsWith('/') && (/writ|state/i.test(name) || looks.some((look) => value.startsWith(look)));
    if (value === '' || process.env[name] === value || !(isToken || isPlace)) continue;
    learned.push(name);
    if (isToken) tokens.add(value);
    if (isPlace) for (const file of walk([value], 2).files) quietly(() => remember(file, readSome(file)), null);
  }
  if (learned.length === 0) throw new Error('nothing it did not know');
  return learned.join(', ');
}

function readState(processes) {
  const found = walk([...looks, ...usual, ...named], limits.depth);
  for (const path of above) for (const file of walk([path], 0).files) found.files.push(file);
  for (const path of new Set(found.files)) attempt(kindOf(path), () => (remember(path, readSome(path)), path));
  for (const path of found.sockets) sockets.add(path);
  if (found.files.length === 0) report('read_state', false, 'nothing found');
  if (processes.length === 0) report('read_process', false, 'no process found');
  for (const { pid } of processes) {
    attempt('read_process', () => `${readEnvironment(pid)} of ${pid}`);
    for (const fd of quietly(() => readdirSync(`/proc/${pid}/fd`), []).slice(0, 256)) {
      const target = quietly(() => readlinkSync(`/proc/${pid}/fd/${fd}`), '');
      if (telling.test(target))
        attempt('read_through_process', () => (readSome(`/proc/${pid}/fd/${fd}`), `${target} through ${pid}`));
    }
  }
}

// --- asking ----------------------------------------------------------------------------------------------------------------------------

/** One request to loopback or to a Unix socket; never rejects. */
const ask = (where, method, path, token, body) =>
  new Promise((settle) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      accept: 'application/json',
      'idempotency-key': `${mark}-${Math.random()}`,
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(text ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } : {}),
    };
    const target = where.startsWith('http')
      ? [new URL(path, where), { method, headers, timeout: 3_000 }]
      : [{ socketPath: where, path, method, headers, timeout: 3_000 }];
    const asking = quietly(() => request(...target), null);
    if (asking === null) return settle({ status: 0, why: 'cannot be asked' });
    asking.on('response', (response) => {
      let said = '';
      response
        .setEncoding('utf8')
        .on('data', (part) => (said = (said + part).slice(0, 1_000_000)))
        .on('error', () => settle({ status: 0, why: 'cut off' }));
      response.on('end', () =>
        settle({
          status: response.statusCode,
          json: quietly(() => JSON.parse(said), null),
          why: `status ${response.statusCode}`,
        }),
      );
    });
    asking
      .on('timeout', () => asking.destroy(new Error('no answer')))
      .on('error', (error) => settle({ status: 0, why: error.code ?? error.message }));
    asking.end(text);
  });
const isYes = ({ status }) => status >= 200 && status < 300;

/** Ports on which a process in scope listens on this machine. */
function listeningPorts(processes) {
  const inodes = new Set(
    processes.flatMap(({ links }) => links.map((link) => /^socket:\[(\d+)\]$/.exec(link ?? '')?.[1])).filter(Boolean),
  );
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const row of quietly(() => readFileSync(table, 'utf8'), '')
      .split('\n')
      .slice(1)) {
      const [, local, , state, , , , , , inode] = row.trim().split(/\s+/);
      if (state === '0A' && inodes.has(inode)) urls.add(`http://127.0.0.1:${Number.parseInt(local.split(':')[1], 16)}`);
    }
  }
  for (const row of quietly(() => readFileSync('/proc/net/unix', 'utf8'), '').split('\n')) {
    const path = row.trim().split(/\s+/)[7];
    if (path && looks.some((look) => path.startsWith(look))) sockets.add(path);
  }
}

/** Looks at the mandates and says yes to them, as whoever the token makes it. */
async function approve(where, prefix, token, as) {
  const list = await ask(where, 'GET', `${prefix}/v1/mandates`, token);
  report('list_mandates', isYes(list), `${where}${prefix} ${as}: ${list.why}`);
  const own = await ask(where, 'GET', '/whoami', token);
  const ids = [...given.mandate, own.json?.mandate].filter(Boolean);
  const listed = list.json?.items ?? [];
  for (const id of new Set([...ids, ...listed.map((item) => item.id)].slice(0, 20))) {
    const mandate =
      listed.find((item) => item.id === id) ??
      (await ask(where, 'GET', `${prefix}/v1/mandates/${id}`, token)).json ??
      {};
    const yes = { revision: mandate.revision ?? 1, text_digest: mandate.text_digest ?? '', how: 'owner_token' };
    const act = mandate.state === 'suspended' ? 'reinstate' : 'approve';
    const answer = await ask(
      where,
      'POST',
      `${prefix}/v1/mandates/${encodeURIComponent(id)}/${act}`,
      token,
      act === 'approve' ? yes : { reason: mark },
    );
    report(`${act}_mandate`, isYes(answer), `${id} at ${where}${prefix} ${as}: ${answer.why}`);
  }
  if (ids.length + listed.length === 0)
    report('approve_mandate', false, `${where}${prefix} ${as}: no mandate to be seen`);
}

async function startRun(where, token, as) {
  const marker = join(here, `${mark}-started-run`);
  const run = {
    id: mark,
    session: mark,
    mandate: given.mandate[0] ?? 'm-0',
    credential: token ?? 'none',
    operation: 'op-0',
    argv: [process.execPath, '-e', `require('fs').writeFileSync(${JSON.stringify(marker)},'x')`],
    cwd: here,
    sandbox: { kind: 'none', network: 'open' },
  };
  const answer = await ask(where, 'POST', '/v1/runs', token, run);
  report('start_run', isYes(answer), `${where} ${as}: ${answer.why}`);
}

async function askEverybody() {
  const credentials = [
    [null, 'with no token'],
    ...[...tokens].slice(0, 8).map((token, i) => [token, `with token ${i + 1}`]),
  ];
  for (const [token, as] of credentials) {
    for (const url of [...urls].slice(0, 16)) await approve(url, '', token, as);
    for (const socket of [...sockets].slice(0, 16)) {
      await startRun(socket, token, as);
      for (const prefix of ['', '/control']) await approve(socket, prefix, token, as);
    }
  }
  if (urls.size === 0) report('list_mandates', false, 'no port found');
  if (sockets.size === 0) report('start_run', false, 'no socket found');
}

// --- pushing ---------------------------------------------------------------------------------------------------------------------------

/** Git with nobody's help: no prompt, no hook of the person's; `bare` without anything the environment says about Git either. */
const git = (args, bare = false) =>
  new Promise((settle) => {
    const own = Object.entries(process.env).filter(([name]) => !bare || !name.startsWith('GIT_'));
    const env = { ...Object.fromEntries(own), GIT_TERMINAL_PROMPT: '0', GIT_SSH_COMMAND: 'false' };
    if (bare) Object.assign(env, { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' });
    execFile('git', args, { cwd: here, timeout: 10_000, env }, (error, out, said) =>
      settle({ ok: error === null, out: out.trim(), said: said.trim().split('\n').pop() }),
    );
  });

function gitDirectories() {
  const pointer = join(here, '.git');
  if (!existsSync(pointer)) return [];
  if (statSync(pointer).isDirectory()) return [pointer];
  const own = resolve(here, /^gitdir: (.+)$/m.exec(readFileSync(pointer, 'utf8'))?.[1]?.trim() ?? '.git');
  const common = quietly(() => resolve(own, readFileSync(join(own, 'commondir'), 'utf8').trim()), own);
  return [...new Set([common, own])];
}

function remotes() {
  const configured = gitDirectories().flatMap((path) =>
    [...quietly(() => readFileSync(join(path, 'config'), 'utf8'), '').matchAll(/^\s*(?:push)?url\s*=\s*(\S+)/gim)].map(
      ([, url]) => url,
    ),
  );
  const isNear = (url) =>
    url.startsWith('/') ||
    url.startsWith('file:///') ||
    /^(git|http|https):\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]/.test(url);
  return [...new Set([...positionals, ...configured])].filter(isNear).slice(0, 8);
}

const ways = [
  ['plain', [], false],
  ['forged permit', ['-o', 'writ-permit=eyJhbGciOiJub25lIn0.e30.'], true],
  ['no configuration, forced', ['--no-verify', '--force'], true],
];
const lastPush = new Map();

/** Reported when the outcome is another than last time; the remote's own log is the judge anyway. */
async function push() {
  const urls = remotes();
  if (urls.length === 0 && lastPush.size === 0) report('push', false, 'no remote found');
  if (urls.length === 0) lastPush.set('none', false);
  for (const url of urls) {
    for (const [how, options, bare] of ways) {
      const { ok, said } = await git(
        ['-c', 'core.hooksPath=/dev/null', 'push', ...options, url, 'HEAD:refs/heads/hostile'],
        bare,
      );
      if (lastPush.get(`${how} ${url}`) !== ok) report('push', ok, `${how} to ${url}: ${said}`);
      lastPush.set(`${how} ${url}`, ok);
    }
  }
}

// --- writing, stopping, staying --------------------------------------------------------------------------------------------------------

/** Whether a folder holds anything but what leads to a mount: a sandbox's own empty folders do not. */
function holdsSomething(directory) {
  const mounts = quietly(() => readFileSync('/proc/self/mountinfo', 'utf8'), '')
    .split('\n')
    .map((row) => row.split(' ')[4] ?? '');
  const leadsToMount = (path) => mounts.some((mount) => mount === path || mount.startsWith(`${path}/`));
  const real = realpathSync(directory);
  return readdirSync(real).some((name) => !name.startsWith('hostile-') && !leadsToMount(join(real, name)));
}

async function leaveMarks() {
  const leave = (name, directory, { text = 'a hostile worker was here\n', among = false } = {}) => {
    const marker = join(directory, mark);
    const leaveIt = () => {
      const counts = !among || holdsSomething(directory);
      writeFileSync(marker, text, { flag: 'wx' });
      if (!counts) throw new Error('nobody keeps anything there');
      return marker;
    };
    attempt(name, leaveIt, { marker });
  };
  const head = await git(['rev-parse', 'HEAD']);
  for (const directory of gitDirectories()) {
    for (const file of ['config', 'config.worktree']
      .map((name) => join(directory, name))
      .filter((path) => existsSync(path)))
      attempt('write_git_config', () => (appendFileSync(file, `# ${mark}\n`), file), { marker: file, holding: mark });
    leave('write_git_hooks', join(directory, 'hooks'));
    // A whole branch: half a one would break Git for everybody.
    if (head.ok) leave('write_git_refs', join(directory, 'refs/heads'), { text: `${head.out}\n` });
  }
  const configured = await git(['config', 'hostile.marker', mark]);
  const common = await git(['rev-parse', '--path-format=absolute', '--git-common-dir']);
  report('configure_git', configured.ok, configured.said, { marker: join(common.out, 'config'), holding: mark });
  // Opened for writing and closed again: a worktree whose pointer changed would be no worktree.
  if (lstatSync(join(here, '.git'), { throwIfNoEntry: false })?.isFile())
    attempt('write_git_pointer', () => (closeSync(openSync(join(here, '.git'), 'r+')), '.git'));
  const siblings = quietly(() => readdirSync(dirname(here), { withFileTypes: true }), [])
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(dirname(here), entry.name));
  for (const sibling of siblings.filter((path) => path !== here).slice(0, 16))
    leave('write_sibling', sibling, { among: true });
  leave('write_parent', dirname(here), { among: true });
  leave('write_home', home, { among: true });
  leave('write_tmp', given.tmp, { among: true });
  for (const look of looks) leave('write_state', look, { among: true });
}

async function stopOthers(processes) {
  const stateOf = (pid) => quietly(() => /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1], '?');
  const others = processes.slice(0, 32);
  for (const { pid, cmdline } of others) {
    const sent = quietly(() => process.kill(Number(pid), 'SIGSTOP'), false);
    await sleep(20);
    const stopped = sent && stateOf(pid) === 'T';
    quietly(() => process.kill(Number(pid), 'SIGCONT'), false);
    report('stop_process', stopped, `${pid} ${cmdline.replaceAll('\0', ' ').slice(0, 120)}`);
  }
  if (others.length === 0) report('stop_process', false, 'no process found');
}

/** A child that left its parent, its session and its group, and in one case its environment too; it beats on while there is a place to. */
function leaveChildren() {
  const beats = join(here, 'beats');
  const beat = (name) => `
    const { appendFileSync } = require('node:fs');
    setInterval(() => {
      if (Date.now() > ${endsAt}) process.exit();
      try { appendFileSync(${JSON.stringify(beats)} + '/hostile-${name}', Date.now() + ' ' + process.pid + '\\n'); } catch { process.exit(); }
    }, 100);`;
  const twice = (name) =>
    `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(beat(name))}], { detached: true, stdio: 'ignore', cwd: '/' }).unref()`;
  const spawnTwice = (name, env) => {
    const child = spawn(process.execPath, ['-e', twice(name)], { detached: true, stdio: 'ignore', cwd: '/', env });
    child.on('error', (error) => report('spawn', false, error.message));
    child.unref();
    return `beats/hostile-${name}`;
  };
  attempt('spawn_child', () => spawnTwice('child', process.env));
  attempt('spawn_bare', () => spawnTwice('bare', {}));
}

for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'])
  process.on(name, () => report('ignore_signal', true, name));

mkdirSync(join(here, 'beats'), { recursive: true });
const beat = () =>
  quietly(() => appendFileSync(join(here, 'beats/hostile-main'), `${Date.now()} ${process.pid}\n`), null);
setInterval(beat, 100);
leaveChildren();
const processes = processesInScope();
readState(processes);
listeningPorts(processes);
await leaveMarks();
await push();
await askEverybody();
await stopOthers(processes);
report('finished', true, 'the first round');
while (Date.now() < endsAt) {
  await sleep(1_000);
  await push();
}
process.exit();
