/** `writ claude` with the real program: what every door holds. What is special about it is in `writ-claude.agents.test.ts`. */
import { harnessAdapters } from '@writ/enforce';
import { describeDoor } from './door.ts';

describeDoor({
  adapter: harnessAdapters.claude,
  resume: ['--continue', '-p', 'go on'],
  orientationTool: 'mcp__writ__orientation',
  writeTo: (path) => ({ name: 'Write', input: { file_path: path, content: 'no' } }),
});
