/**
 * Whether an installation is one of several machines over one store, as `machine.json` in its folder says: the one whose keys control signs with, which invited the others, or one that joined it. Each
 * joined machine speaks to control as points of its own name, so that what one holds is never taken for what another does.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `name`: of a machine that joined; null for the one that invited. */
export type Machine = { readonly name: string | null };

const fileIn = (dir: string): string => join(dir, 'machine.json');

/** Whether others use the store of the installation in `dir` as well. Asked each time: the first of them is not stopped for it. */
export const isOneOfSeveral = (dir: string): boolean => existsSync(fileIn(dir));

/** Null where the installation is alone. Throws for a file that says nothing that can be understood. */
export function machineIn(dir: string): Machine | null {
  if (!isOneOfSeveral(dir)) return null;
  const said: unknown = JSON.parse(readFileSync(fileIn(dir), 'utf8'));
  const name = typeof said === 'object' && said !== null && 'name' in said ? said.name : undefined;
  if (name === null || (typeof name === 'string' && /^[a-z0-9]{1,32}$/.test(name))) return { name };
  throw new Error(`\`${fileIn(dir)}\` does not say which machine this is; \`writ store join\` writes it`);
}

/** The name under which a plane of the installation in `dir` registers as an enforcement point. */
export function pointIn(dir: string, plane: 'runtime' | 'enforcer'): string {
  const name = machineIn(dir)?.name ?? null;
  return name === null ? plane : `${plane}-${name}`;
}

/** The text of `machine.json`. */
export const machineText = (machine: Machine): string => `${JSON.stringify(machine)}\n`;
