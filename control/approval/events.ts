/** A person's yes to one exact action, and its single use. Times are epoch milliseconds. */

type Happened<Type extends string, Data> = { readonly type: Type; readonly data: Data };

export type GivenApproval = {
  readonly at: number;
  readonly by: string;
  readonly id: string;
  readonly mandate: string;
  readonly action: string;
  readonly resource: string;
  readonly parameterDigest: string;
  /** Of the facts its constraints were judged by. */
  readonly factsDigest: string;
  /** The sum of the chain's epochs: any non-active interval since, here or above, makes it void. */
  readonly epoch: number;
  readonly expiresAt: number;
};

export type ApprovalEvent =
  | Happened<'approval.given', GivenApproval>
  /** The operation that began on it; nothing else ever does. */
  | Happened<'approval.used', { readonly at: number; readonly approval: string; readonly operation: string }>;

export type ApprovalRecord = { readonly given: GivenApproval; readonly usedBy: string | null };
