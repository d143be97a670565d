// Git's remote helper `writ` (gitremote-helpers(7)), run inside a sandbox: hands pushes to the run's door and prints what came of them.
// It holds no credential and decides nothing. Plain JavaScript and nothing but Node, because a run sees only this one file.
import { execFileSync } from 'node:child_process';
import { request } from 'node:http';
import { createInterface } from 'node:readline';

const door = process.env.WRIT_DOOR ?? '';
const remote = (process.argv[3] ?? process.argv[2] ?? '').replace(/^writ::/, '');

/** Asks the door; resolves to its JSON, rejects with a sentence. */
function ask(method, path, body) {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers =
      text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const call = request({ socketPath: door, method, path, headers }, (response) => {
      let reply = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (reply += chunk));
      response.on('end', () => {
        try {
          const json = JSON.parse(reply);
          if (response.statusCode < 300) resolve(json);
          else reject(new Error([json.detail, json.way_out].filter(Boolean).join('; ')));
        } catch {
          reject(new Error('the door of this run gave no answer'));
        }
      });
    });
    call.on('error', (error) => reject(new Error(`the door of this run cannot be reached: ${error.message}`)));
    call.end(text);
  });
}

const oneLine = (text) =>
  String(text)
    .replace(/[^\x20-\x7e\u00a0-\uffff]+/g, ' ')
    .trim();
const resolveCommit = (source) =>
  source === '' ? '' : execFileSync('git', ['rev-parse', '--verify', '--quiet', source], { encoding: 'utf8' }).trim();

/** One batch of `push [+]<src>:<dst>` lines. */
async function pushAll(specs) {
  const updates = specs.map((spec) => {
    const force = spec.startsWith('+');
    const [source = '', target = ''] = spec.slice(force ? 1 : 0).split(':');
    return { source, target, force };
  });
  try {
    const resolved = updates.map((update) => ({ ...update, source: resolveCommit(update.source) }));
    const { results } = await ask('POST', '/push', { remote, updates: resolved });
    for (const { target, ok, detail } of results) {
      if (!ok) process.stderr.write(`writ: ${target}: ${oneLine(detail)}\n`);
      process.stdout.write(ok ? `ok ${target}\n` : `error ${target} ${oneLine(detail)}\n`);
    }
  } catch (error) {
    process.stderr.write(`writ: ${oneLine(error.message)}\n`);
    for (const { target } of updates) process.stdout.write(`error ${target} ${oneLine(error.message)}\n`);
  }
  process.stdout.write('\n');
}

let batch = [];
for await (const line of createInterface({ input: process.stdin })) {
  if (line.startsWith('push ')) batch.push(line.slice('push '.length));
  else if (line === '' && batch.length > 0) {
    const specs = batch;
    batch = [];
    await pushAll(specs);
  } else if (line === '') break;
  else if (line === 'capabilities') process.stdout.write('push\n\n');
  else if (line.startsWith('list')) {
    try {
      const { refs } = await ask('GET', `/refs?remote=${encodeURIComponent(remote)}`);
      for (const { name, oid } of refs) process.stdout.write(`${oid} ${name}\n`);
      process.stdout.write('\n');
    } catch (error) {
      process.stderr.write(`writ: ${oneLine(error.message)}\n`);
      process.exitCode = 1;
      break;
    }
  } else if (line.startsWith('option ')) process.stdout.write('unsupported\n');
  else {
    process.stderr.write(`writ: only pushes go through the door, not \`${oneLine(line)}\`\n`);
    process.exitCode = 1;
    break;
  }
}
// Git waits for the helper to end, and an open pipe would keep it.
process.stdin.destroy();
