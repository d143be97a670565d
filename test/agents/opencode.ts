/**
 * How opencode is pointed at a scripted model server: a provider of its own, in a configuration that is given by the
 * environment, so that no file of the person or of the repository is needed.
 */
import { freshEnvironment } from './program.ts';

/** The environment of an opencode that has one provider, `stub`, at `modelUrl`. `config` is merged over it, shallowly. */
export function opencodeEnvironment(
  home: string,
  modelUrl: string,
  config: { readonly [key: string]: unknown } = {},
): NodeJS.ProcessEnv {
  const model = { name: 'stub', limit: { context: 200_000, output: 8_000 }, cost: { input: 3, output: 15 } };
  const stub = {
    npm: '@ai-sdk/openai-compatible',
    name: 'stub',
    options: { baseURL: `${modelUrl}/v1`, apiKey: 'sk-local' },
    models: { 'stub-model': model },
  };
  return freshEnvironment(home, {
    OPENCODE_CONFIG_CONTENT: JSON.stringify({
      model: 'stub/stub-model',
      small_model: 'stub/stub-model',
      autoupdate: false,
      share: 'disabled',
      provider: { stub },
      ...config,
    }),
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
  });
}
