/**
 * Loads the shipped code with stand-ins for what is outside it: clock, timers, randomness, disk, network, processes. Nothing else is replaced, and no shipped file is changed.
 *
 * `WRIT_PLANTED` names a bug to plant (`planted-bugs.ts`): one text of one file is replaced as it is loaded. A text that is not there exactly once is an error: a rule that moved must
 * be found again.
 */

import { registerHooks } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { plantedBugs } from './planted-bugs.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const own = new URL('./', import.meta.url).href;
const packages = '/node_modules/';

const builtIns = new Map([
  ['node:net', 'net.ts'],
  ['node:http', 'http.ts'],
  ['node:https', 'https.ts'],
  ['node:crypto', 'crypto.ts'],
  ['node:fs', 'fs.ts'],
  ['node:fs/promises', 'fs-promises.ts'],
  ['node:timers/promises', 'timers-promises.ts'],
  ['node:child_process', 'child-process.ts'],
  ['jose', 'jose.ts'],
]);

const modules = new Map([
  ['apps/server/http/http-server.ts', 'http-server.ts'],
  ['apps/server/store/plane-store.ts', 'plane-store.ts'],
  ['enforce/node-http.ts', 'node-http.ts'],
  ['enforce/supervisor/run.ts', 'run.ts'],
  ['enforce/gateway/agent-door.ts', 'agent-door.ts'],
  ['enforce/supervisor/probe-sandbox.ts', 'place.ts'],
  ['enforce/enforcer/person-identity.ts', 'place.ts'],
  ['enforce/enforcer/run-places.ts', 'place.ts'],
  ['enforce/enforcer/reap.ts', 'place.ts'],
  ['enforce/supervisor/git-places.ts', 'place.ts'],
  ['enforce/supervisor/processes.ts', 'processes.ts'],
  ['enforce/broker/git.ts', 'broker-git.ts'],
  ['runtime/search/search-index.ts', 'search-index.ts'],
  ['enforce/supervisor/listening.ts', 'place.ts'],
  ['runtime/workspace/git.ts', 'workspace.ts'],
  ['runtime/workspace/data-stores.ts', 'workspace.ts'],
  ['runtime/workspace/git-fact.ts', 'workspace.ts'],
  ['runtime/workspace/tests/find-reports.ts', 'workspace.ts'],
  ['runtime/workspace/keep-files.ts', 'workspace.ts'],
  ['runtime/workspace/put-back.ts', 'workspace.ts'],
  ['runtime/workspace/repository.ts', 'workspace.ts'],
  ['runtime/workspace/worktree.ts', 'workspace.ts'],
]);

const standIn = (file: string): string => new URL(`stand-ins/${file}`, own).href;
const bug = plantedBugs.find(({ name }) => name === process.env['WRIT_PLANTED']);
if (bug === undefined && process.env['WRIT_PLANTED'])
  throw new Error(`no bug is called ${process.env['WRIT_PLANTED']}`);

registerHooks({
  resolve(specifier, context, next) {
    const from = context.parentURL ?? '';
    const isOurs = from.startsWith(pathToFileURL(root).href) && !from.startsWith(own) && !from.includes(packages);
    const builtIn = isOurs ? builtIns.get(specifier) : undefined;
    if (builtIn !== undefined) return { url: standIn(builtIn), shortCircuit: true };
    const found = next(specifier, context);
    const module = found.url.startsWith('file:') ? modules.get(relative(root, fileURLToPath(found.url))) : undefined;
    return module === undefined || !isOurs ? found : { url: standIn(module), shortCircuit: true };
  },
  load(url, context, next) {
    const loaded = next(url, context);
    if (bug === undefined || !url.startsWith('file:') || relative(root, fileURLToPath(url)) !== bug.file) return loaded;
    // A file of ours is text, whatever it was read as.
    const text = Buffer.from(loaded.source as Uint8Array | string).toString();
    const times = text.split(bug.rule).length - 1;
    if (times !== 1)
      throw new Error(`the rule stands ${String(times)} times in \`${bug.file}\`, not once: ${bug.rule}`);
    return { ...loaded, source: text.replace(bug.rule, () => bug.instead) };
  },
});
