/** The face of @writ/cli: the program as a function, for whoever starts it otherwise than as a process. */

export { exitCodes } from './exit.ts';
export type { ExitCode } from './exit.ts';
export type { Io } from './io.ts';
export { runCli } from './run-cli.ts';
