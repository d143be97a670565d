/**
 * The lists of models that clients ask for before they talk (`GET /v1/models`, `/v1/models/ID`, `/v1beta/models`).
 * The names are only examples: the server answers for any model.
 */
const names = ['claude-sonnet-4-5', 'claude-haiku-4-5', 'gpt-5.1-codex', 'gemini-2.5-flash', 'stub-model'];
const created = 1_735_689_600;

/** The body for a GET of `path`; undefined when it is no list. `anthropicClient` picks whose shape `/v1/models` has. */
export function modelList(path: string, anthropicClient: boolean): unknown {
  if (path === '/v1beta/models') return { models: names.map(geminiModel) };
  const one = /^\/(v1|v1beta)\/models\/([^/]+)$/.exec(path);
  if (one?.[2] !== undefined) {
    const id = decodeURIComponent(one[2]);
    if (one[1] === 'v1beta') return geminiModel(id);
    return anthropicClient ? anthropicModel(id) : openAiModel(id);
  }
  if (path !== '/v1/models') return undefined;
  if (!anthropicClient) return { object: 'list', data: names.map(openAiModel) };
  return { data: names.map(anthropicModel), has_more: false, first_id: names[0], last_id: names.at(-1) };
}

function anthropicModel(id: string): object {
  return { type: 'model', id, display_name: id, created_at: new Date(created * 1000).toISOString() };
}

function openAiModel(id: string): object {
  return { id, object: 'model', created, owned_by: 'script' };
}

function geminiModel(id: string): object {
  const supportedGenerationMethods = ['generateContent', 'streamGenerateContent', 'countTokens'];
  return {
    name: `models/${id}`,
    displayName: id,
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods,
  };
}
