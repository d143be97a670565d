/** What older releases of control wrote, brought to what it would write today. Pure; the journals of the released versions are what they are tested on. */

import type { JsonValue, Upcasters } from '@writ/journal';
import { noRules } from './policy/policy.ts';

const isObject = (data: JsonValue): data is { readonly [key: string]: JsonValue } =>
  typeof data === 'object' && data !== null && !Array.isArray(data);

export const upcasters: Upcasters = new Map([
  [
    'policy.adopted',
    [
      {
        // What is built in was adopted without rules of its own.
        until: '0.1.0',
        isOld: (data) => isObject(data) && !('rules' in data),
        bring: (data) => (isObject(data) ? { ...data, rules: { ...noRules } } : data),
      },
    ],
  ],
]);
