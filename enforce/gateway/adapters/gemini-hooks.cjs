/**
 * Asks Writ in the process of Gemini CLI itself where it would start a shell for a hook of Writ's. Node loads it before the program, for one session. It stands alone: nothing of Writ is around it
 * but `hooks.json` beside it.
 *
 * Starting a process copies what the whole program has in its memory, and the program stands still meanwhile: most of what a hook costs it. The command stays what its settings name; where this is not
 * loaded, or a hook is started in another way, it runs.
 *
 * INVARIANT: as of the command, whatever keeps it from an answer ends the hook with 2, which blocks; "no objection" is `{}` and nothing else.
 */

'use strict';

const childProcess = require('node:child_process');
const { EventEmitter } = require('node:events');
const { readFileSync } = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const { join } = require('node:path');
const { PassThrough } = require('node:stream');
const { text } = require('node:stream/consumers');
const { finished } = require('node:stream/promises');

const hooks = JSON.parse(readFileSync(join(__dirname, 'hooks.json'), 'utf8'));
// Before it reads a file that an agent may write into its environment.
const { [hooks.urlVariable]: url, [hooks.tokenVariable]: token } = process.env;
const { ChildProcess, spawn: startProcess } = childProcess;

/** What is answered, in full. */
function post(call, signal) {
  // What starts the program has no need of it.
  const { request } = require('node:http');
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(call),
    };
    // `agent: false`: a connection of its own. One that was kept may be closed by the time it is asked over.
    const asked = request(url, { method: 'POST', headers, signal, agent: false }, (response) => {
      if (response.statusCode !== 200) reject(new Error('no answer'));
      text(response).then(resolve, reject);
    });
    asked.once('error', reject);
    asked.end(call);
  });
}

/** The program takes what is no JSON for a yes. */
const isRefusal = (answer) => hooks.refusalsBegin.some((one) => answer.startsWith(one)) && Boolean(JSON.parse(answer));

/** How the hook ends, and what it says. */
async function answered(command, stdin, signal) {
  const tells = command === hooks.tells;
  try {
    const answer = await post(await text(stdin), signal);
    if (tells || answer === '{}' || isRefusal(answer)) return { code: 0, out: answer, err: '' };
  } catch {
    // no answer is told as one that nobody knows
  }
  // What only says that something is over is not blocked.
  return tells
    ? { code: 0, out: '', err: '' }
    : { code: 2, out: '', err: 'writ did not answer, so this was not allowed' };
}

/** What a started shell would be to the program, for as long as the answer takes. */
function hookOf(command) {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), hooks.patienceMs);
  // All that a process can be asked for, without one behind it.
  const child = Object.create(ChildProcess.prototype);
  EventEmitter.call(child);
  const stdio = [new PassThrough(), new PassThrough(), new PassThrough()];
  const [stdin, stdout, stderr] = stdio;
  const kill = () => {
    over.abort();
    return (child.killed = true);
  };
  Object.assign(child, { stdin, stdout, stderr, stdio, kill, killed: false, exitCode: null, signalCode: null });
  const run = async () => {
    const { code, out, err } = await answered(command, stdin, over.signal);
    clearTimeout(timer);
    child.exitCode = code;
    child.emit('exit', code, null);
    stdout.end(out);
    stderr.end(err);
    // What nobody reads is over, too.
    await Promise.all([stdout, stderr].map((stream) => finished(stream.resume())));
    child.emit('close', code, null);
  };
  process.nextTick(() => child.emit('spawn'));
  void run();
  return child;
}

childProcess.spawn = function spawn(file, args, ...more) {
  const command = Array.isArray(args) && args.length === 2 && args[0] === '-c' ? args[1] : null;
  if (command === null || (command !== hooks.asks && command !== hooks.tells))
    return startProcess.call(this, file, args, ...more);
  // The program runs: what it starts from here on has its environment as it was.
  process.env.NODE_OPTIONS = hooks.nodeOptions;
  return hookOf(command);
};
syncBuiltinESMExports();
