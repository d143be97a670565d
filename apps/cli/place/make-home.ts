/** Makes the folders of Writ's home, readable by this user alone. */

import type { Home } from './home.ts';
import { makeFolder } from './make-folder.ts';

/** Makes what is missing of them. Throws the system's error, naming the first that cannot be made. */
export function makeHome(home: Home): void {
  for (const folder of [home.root, home.control, home.enforcer, home.runtime, home.log]) makeFolder(folder);
}
