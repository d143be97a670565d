/**
 * What the calls of a harness do, how it is answered, and what it wrote down: `@writ/enforce/harness`, for a launcher, once its program runs. It has nothing that the room's own face
 * does not have.
 */

export { refusalForModel, requestCommand, waitingForModel } from '../gateway/hooks/words-for-model.ts';
export { callActions } from '../gateway/hooks/call-actions.ts';
export { judgedActions } from '../gateway/hooks/tool-call.ts';
export type { JudgedAction } from '../gateway/hooks/tool-call.ts';

export { recordedPrices } from '../gateway/model/model-price.ts';
export type { RecordedPrices } from '../gateway/model/model-price.ts';
export { readHistory } from '../gateway/histories/read-history.ts';
export { readGeminiUsage } from '../gateway/histories/gemini-usage.ts';
export type { HistoryHarness, Recorded, RecordedTokens, Words } from '../gateway/histories/recorded.ts';
