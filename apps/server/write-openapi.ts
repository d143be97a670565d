/** Writes docs/openapi.json: the description control serves, kept where a reader finds it. Run it after a change of the wire. */

import { writeFile } from 'node:fs/promises';
import { describeControl } from './control/describe.ts';

await writeFile(new URL('../../docs/openapi.json', import.meta.url), `${JSON.stringify(describeControl(), null, 2)}\n`);
