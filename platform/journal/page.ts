/** Reads the options of `read` and `readAll`. Refuses what is not a whole number of 0 or more. */
import { JournalError } from './errors.ts';

/** `limit` is Infinity when the caller set none. */
export type Page = { readonly after: number; readonly limit: number };

export function parsePage(options: { readonly after?: number; readonly limit?: number } = {}): Page {
  const { after = 0, limit = Infinity } = options;
  if (!Number.isSafeInteger(after) || after < 0) {
    throw new JournalError('input', `cannot read after \`${String(after)}\`; give a whole number of 0 or more`);
  }
  if (limit !== Infinity && (!Number.isSafeInteger(limit) || limit < 0)) {
    throw new JournalError(
      'input',
      `cannot read at most \`${String(limit)}\` events; give a whole number of 0 or more`,
    );
  }
  return { after, limit };
}
