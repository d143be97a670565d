/** The environment that Writ's own processes are started with: nothing in it says that they were started in a session, whose end would be theirs. */

/** By these a process is found again as a session's, once nobody is its parent any more. */
const marks = ['WRIT_SESSION', 'WRIT_SHELL', 'WRIT_RUN'];

export const ownEnv = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !marks.includes(name)));
