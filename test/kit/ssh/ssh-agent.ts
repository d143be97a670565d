/** A person's own `ssh-agent`, the real program. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Starts one that listens at `socket` by the time this resolves. */
export async function startSshAgent(socket: string): Promise<AsyncDisposable> {
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(agent, 'exit');
  // It says where it listens once it does; the file alone is there a moment before.
  await once(agent.stdout, 'data');
  return {
    async [Symbol.asyncDispose]() {
      agent.kill();
      await ended;
    },
  };
}
