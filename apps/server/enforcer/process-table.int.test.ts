/** What stands still is told from what moves by the kernel's states, a shell between vfork and exec included. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test, vi } from 'vitest';
import { processesNow, standsStill } from './process-table.ts';

test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'a process caught between vfork and exec stands still once its child is stopped, and not before',
  async () => {
    // vfork(2) and pause(2) by number: the parent waits in the kernel, where no signal stops it.
    const script = `exec perl -e 'if (syscall(58) == 0) { syscall(34) }'`;
    const parent = spawn('sh', ['-c', script], { stdio: 'ignore', detached: true });
    const pid = parent.pid ?? 0;
    const seen = () => {
      const all = processesNow();
      const both = all.filter((one) => one.pid === pid || one.ppid === pid);
      return both.map((one) => ({ state: one.state, still: standsStill(one, all) }));
    };
    await vi.waitFor(() => {
      expect(seen()).toEqual([
        { state: 'D', still: false },
        { state: 'S', still: false },
      ]);
    }, 10_000);
    process.kill(-pid, 'SIGSTOP');
    await vi.waitFor(() => {
      expect(seen()).toEqual([
        { state: 'D', still: true },
        { state: 'T', still: true },
      ]);
    }, 10_000);
    const ended = once(parent, 'exit');
    process.kill(-pid, 'SIGKILL');
    await ended;
    expect(seen()).toEqual([]);
  },
);
