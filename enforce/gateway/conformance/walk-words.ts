/** What an adapter says, held against its own recorded hooks: what is read, what it asks for, how it is answered, which arguments are refused. */

import type { HarnessAdapter, HarnessEvent } from '../adapters/adapter.ts';
import { judgedActions } from '../hooks/tool-call.ts';
import type { KitLine } from './kit-line.ts';
import { fails, holds, notShown } from './kit-line.ts';

const place = { project: 'app', root: '/repo', home: '/home/dev', realPath: (path: string) => path };
const why = 'the kit says no: 4711';
const kinds = ['call', 'call_ended', 'prompt', 'turn_over'] as const;

/** Every line of it. */
export async function walkWords(adapter: HarnessAdapter): Promise<readonly KitLine[]> {
  return [
    ...adapter.samples.map((sample) => line(`reads ${sample.name}`, () => readsSample(adapter, sample))),
    ...kinds.map((kind) =>
      line(`has a recorded hook for ${kind.replace('_', ' ')}`, () =>
        adapter.samples.some((sample) => sample.is === kind) ? null : `no sample is a \`${kind}\``,
      ),
    ),
    line('has a recorded call of a helper, or has none that can be told apart', () =>
      adapter.helpers !== 'told_apart' || adapter.samples.some(({ byHelper }) => byHelper === true)
        ? null
        : 'it says `told_apart`, and no sample shows a helper',
    ),
    line('takes garbage for nothing it understands', () => garbage(adapter)),
    line('says the reason of a refusal, and never the same as for a yes', () => refuses(adapter)),
    line('answers the same to the same', () => {
      const [one, two] = [0, 1].map(() => JSON.stringify(adapter.reply(adapter.asks, { kind: 'refuse', why })));
      return one === two ? null : 'two answers differ';
    }),
    line('does not stop with `continue: false` alone, which lets the call run', () => {
      const { continue: goesOn, ...rest } = adapter.reply(adapter.asks, { kind: 'refuse', why });
      return goesOn === false && Object.keys(rest).length < 2 ? 'a refusal is `continue: false` and no more' : null;
    }),
    ...adapter.bypasses.map((argv) =>
      line(`refuses \`${[adapter.name, ...argv].join(' ')}\``, () =>
        adapter.bypass(argv, { contained: true }) === undefined ? 'it is let through' : null,
      ),
    ),
    line('lets ordinary arguments through', () => {
      const found = adapter.bypass(['-p', 'fix the test'], { contained: true });
      return found === undefined ? null : `it refuses \`${found.flag}\``;
    }),
    adapter.bypasses.length > 0
      ? holds('names arguments that go around its hooks')
      : notShown(
          'names arguments that go around its hooks',
          'it names none: is there really no flag that leaves hooks out?',
        ),
    line('says what escapes it', () =>
      adapter.escapes.length > 0 ? null : 'it says that nothing does, which is true of no harness',
    ),
  ];
}

function line(what: string, look: () => string | null): KitLine {
  try {
    const found = look();
    return found === null ? holds(what) : fails(what, found);
  } catch (error) {
    return fails(what, `it throws: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const doesOf = (event: Extract<HarnessEvent, { kind: 'call' }>): readonly { action: string; resource: string }[] =>
  event.calls
    .flatMap((one) => judgedActions(one.tool, one.input, { ...place, cwd: one.cwd ?? event.cwd }))
    .map(({ action, resource }) => ({ action, resource }));

function readsSample(adapter: HarnessAdapter, sample: HarnessAdapter['samples'][number]): string | null {
  const event = adapter.read(sample.body);
  if (event?.kind !== sample.is) return `it is read as ${event === null ? 'nothing' : `\`${event.kind}\``}`;
  if (event.kind !== 'call') return null;
  const does = doesOf(event);
  if (sample.does !== undefined && JSON.stringify(does) !== JSON.stringify(sample.does))
    return `it asks for ${does.map(({ action, resource }) => `\`${action}\` on \`${resource}\``).join(', ') || 'nothing'}`;
  if ((event.helper !== null) !== (sample.byHelper === true)) return 'whose call it is, is not read';
  return event.native === adapter.asks
    ? null
    : `its event is \`${event.native}\`, and \`asks\` says \`${adapter.asks}\``;
}

/** Null, or a call that asks for nothing, which is refused. */
function garbage(adapter: HarnessAdapter): string | null {
  for (const body of [undefined, null, 0, '', 'x', [], {}, { [adapter.asks]: true }, { tool_name: 7 }]) {
    const event = adapter.read(body);
    if (event !== null && !(event.kind === 'call' && event.calls.length === 0))
      return `\`${JSON.stringify(body) ?? 'undefined'}\` is read as \`${event.kind}\``;
  }
  return null;
}

function refuses(adapter: HarnessAdapter): string | null {
  const asking = new Set([
    adapter.asks,
    ...adapter.samples.flatMap(({ body, is }) => (is === 'prompt' ? [adapter.read(body)?.native ?? ''] : [])),
  ]);
  for (const native of asking) {
    const no = JSON.stringify(adapter.reply(native, { kind: 'refuse', why }));
    if (!no.includes(why)) return `a refusal of \`${native}\` does not say why`;
    for (const kind of ['allow', 'no_objection'] as const)
      if (JSON.stringify(adapter.reply(native, { kind })) === no)
        return `\`${native}\` is answered the same with yes and no`;
  }
  return null;
}
