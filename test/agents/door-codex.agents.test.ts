/** `writ codex` with the real program: what every door holds. What is special about it is in `writ-codex.agents.test.ts`. */
import { harnessAdapters } from '@writ/enforce';
import { describeDoor } from './door.ts';

describeDoor({
  adapter: harnessAdapters.codex,
  resume: ['exec', 'resume', '--last', 'go on'],
  orientationTool: 'mcp__writ__orientation',
  writeTo: (path) => ({
    name: 'exec_command',
    input: { cmd: `apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: ${path}\n+no\n*** End Patch\nEOF` },
  }),
});
