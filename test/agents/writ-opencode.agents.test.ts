/** `writ opencode` with the real opencode. */
import { harnessAdapters } from '@writ/enforce';
import { describeDoor } from './door.ts';

describeDoor({
  adapter: harnessAdapters.opencode,
  resume: ['run', '--continue', 'go on'],
  orientationTool: 'writ_orientation',
  writeTo: (path) => ({ name: 'write', input: { filePath: path, content: 'no' } }),
});
