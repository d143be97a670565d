/** What was reported about subjects. */

import type { SignalValue } from '@writ/authority';

export type SignalEvent = {
  readonly type: 'signal.reported';
  readonly data: {
    readonly at: number;
    readonly subject: string;
    readonly value: SignalValue;
    readonly source: string;
    readonly sequence: number;
    readonly by: string;
  };
};
