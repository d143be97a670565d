/** The operations of which nobody knows how they ended. */

import { everyPage } from '@writ/enforce/client';
import { controlApi } from '@writ/protocol';
import type { Context } from '../program/context.ts';
import type { OperationWire } from './wire.ts';

/** Newest first; none where control does not answer. */
export async function unknownOperations({ planes }: Context): Promise<readonly OperationWire[]> {
  const control = await planes.control();
  const found = await everyPage((query) =>
    control.attempt(controlApi.listOperations, { query: { ...query, unknown: true } }),
  );
  return found.ok ? found.value : [];
}
