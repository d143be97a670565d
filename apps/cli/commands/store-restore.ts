/**
 * `writ store restore`: puts a backup back. What is there is set aside and kept. What was approved and revoked since the backup is not known any more, so control begins another
 * incarnation with its next start, and suspends every mandate in force until a person has looked at it.
 */

import { chmodSync, cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { inspectBackup, restoreStore, verifyStores } from '@writ/journal';
import { placeOfPlane, storeOf } from '@writ/server';
import { exitCodes, failed, usage } from '../exit.ts';
import { installationFiles, readBackup, restoredMark } from '../place/backup.ts';
import type { Home } from '../place/home.ts';
import { asFailure, journalPlanes } from '../place/store-choice.ts';
import type { CommandRun } from '../program/command.ts';
import { count } from '../render/block.ts';
import { refuseWhileRunning } from '../supervisor/refuse-while-running.ts';
import { refuseInside } from '../program/refuse-inside.ts';

export const run: CommandRun = async (context, input) => {
  refuseInside(context, 'put back what governs it');
  const [named] = input.words;
  if (named === undefined) throw usage('it is not said which backup', 'such as `writ store restore ./backup`');
  const folder = resolve(context.io.cwd, named);
  const { home } = context;
  const manifest = readBackup(folder);
  if (typeof manifest === 'string') throw usage(manifest, '`writ store backup` makes one');
  refuseWhileRunning(home);
  const files = journalPlanes.map((plane) => ({ plane, file: join(folder, `${plane}.db`) }));
  const backedUp = await inspectBackup(files).catch(asFailure);
  for (const plane of journalPlanes)
    if (backedUp[plane]?.report.head !== manifest.journals[plane].head)
      throw failed(`the journal of ${plane} in \`${folder}\` is not the one its manifest names`, 'use another backup');
  for (const plane of journalPlanes) mkdirSync(join(home.root, plane), { recursive: true, mode: 0o700 });
  for (const each of [home.root, home.control, home.runtime]) chmodSync(each, 0o700);
  const store = storeOf(home.root);
  const places = journalPlanes.map((plane) => ({ plane, place: placeOfPlane(home.root, plane, store) }));
  await using stack = new AsyncDisposableStack();
  const restorations = [];
  for (const { plane, place } of places)
    restorations.push(stack.use(await restoreStore(join(folder, `${plane}.db`), place).catch(asFailure)));
  putFilesBack(folder, home);
  const { head, incarnation } = manifest.journals.control;
  // INVARIANT: before either is in force: no start may find a journal that was put back and not be told.
  writeFileSync(restoredMark(home), `${JSON.stringify({ incarnation, position: head, hash: '' })}\n`, {
    mode: 0o600,
    flush: true,
  });
  for (const restoration of restorations) await restoration.finish().catch(asFailure);
  await stack.disposeAsync();
  const reports = await verifyStores(places, []).catch(asFailure);
  const style = context.style();
  for (const [plane, report] of Object.entries(reports)) {
    const [finding] = report.findings;
    if (finding) throw failed(`the restored journal of ${plane} does not verify: ${finding.problem}`, null);
    context.say(
      `${style.tone('good', style.mark('done'))} ${plane}: ${count(report.events, 'event')} put back and verified`,
    );
  }
  context.answer({ restored: manifest.at, journals: manifest.journals });
  context.say(
    '',
    `This is Writ as it was at ${manifest.at}. What was revoked since is not known, so \`writ up\` suspends every mandate in force; \`writ mandate reinstate\` brings back what you know of.`,
  );
  return exitCodes.done;
};

/** Only what is missing: keys that were rotated since, and tokens that are in use, stay. */
function putFilesBack(folder: string, home: Home): void {
  for (const name of installationFiles) {
    const [from, to] = [join(folder, 'files', name), join(home.root, name)];
    if (!existsSync(from) || existsSync(to)) continue;
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
    cpSync(from, to, { recursive: true });
  }
}
