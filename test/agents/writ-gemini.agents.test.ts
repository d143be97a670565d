/** `writ gemini` with the real Gemini CLI. */
import { harnessAdapters } from '@writ/enforce';
import { describeDoor } from './door.ts';

describeDoor({
  adapter: harnessAdapters.gemini,
  resume: ['--resume', 'latest', '-p', 'go on'],
  orientationTool: 'mcp_writ_orientation',
  writeTo: (path) => ({ name: 'write_file', input: { file_path: path, content: 'no' } }),
});
