/** The process of a launcher that stands by: started and ended by the supervisor (`keep-standby.ts`); what it does is in `stand-by.ts`. */

import { findHome } from '../place/home.ts';
import { interruption } from '../place/interruption.ts';
import { entry, standbySocket } from './place.ts';
import { rememberSources } from './sources.ts';
import { standBy } from './stand-by.ts';

/** Waits for one start and launches it. Resolves with its exit code; 0 where there was none. */
export async function main(): Promise<number> {
  const sources = rememberSources();
  const { rehearse } = await import('./rehearse.ts');
  const home = findHome(process.env);
  await rehearse(home);
  const taken = await waiting(sources.areCurrent);
  if (taken === null) return 0;
  process.title = `writ ${taken.argv[0] ?? ''}`;
  const { runCli } = await import('../run-cli.ts');
  const code = await runCli(taken.argv, taken.io);
  await taken.exit(code);
  return code;
}

/** Until somebody comes, until it is ended, or as long as its supervisor is there. */
async function waiting(isCurrent: () => boolean) {
  using stop = interruption();
  const orphaned = new AbortController();
  const onOrphaned = (): void => orphaned.abort();
  process.once('disconnect', onOrphaned);
  return await standBy({
    path: standbySocket(findHome(process.env)),
    program: [process.version, entry],
    isCurrent,
    signal: AbortSignal.any([stop.signal, orphaned.signal]),
    onTaken() {
      process.off('disconnect', onOrphaned);
      process.send?.('taken');
    },
  });
}
