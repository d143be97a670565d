/** Runs a remote as a process of its own: one line of JSON when it listens, its end on SIGINT or SIGTERM, code 2 for a bad start. */

type Remote = { readonly url: string; readonly log: string; readonly dir: string } & AsyncDisposable;

/** Starts it with the process's arguments. */
export async function asProcess(start: (args: readonly string[]) => Promise<Remote>): Promise<void> {
  try {
    const remote = await start(process.argv.slice(2));
    const end = (): void => void remote[Symbol.asyncDispose]();
    process.once('SIGINT', end).once('SIGTERM', end);
    process.stdout.write(`${JSON.stringify({ url: remote.url, log: remote.log, dir: remote.dir })}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  }
}
