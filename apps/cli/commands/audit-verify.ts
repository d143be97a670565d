/** `writ audit verify`: recomputes every hash and count of both journals, or of one file, and names exactly what does not hold. */

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { controlApi, runtimeApi } from '@writ/protocol';
import type { VerifyWire } from '../connect/wire.ts';
import { CommandEnd, exitCodes, failed } from '../exit.ts';
import { textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { count } from '../render/block.ts';
import { safeText } from '../render/safe-text.ts';
import { table } from '../render/width.ts';

type Verified = { readonly name: string; readonly report: VerifyWire };

export const run: CommandRun = async (context, input) => {
  const file = textOption(input, 'file');
  const verified =
    file === undefined
      ? await fromPlanes(context)
      : [{ name: file, report: await fromFile(resolve(context.io.cwd, file), context) }];
  const ok = verified.every(({ report }) => report.ok);
  context.answer({ ok, journals: Object.fromEntries(verified.map(({ name, report }) => [name, report])) });
  for (const { name, report } of verified) say(context, name, report);
  return ok ? exitCodes.done : exitCodes.failed;
};

/** Both planes' own journals, while they run, each against what the other has witnessed of it. One that does not answer ends the command: half a proof is none. */
async function fromPlanes({ planes }: Context): Promise<Verified[]> {
  const timeoutMs = 600_000;
  const [control, runtime] = [await planes.control(), await planes.runtime()];
  const ofRuntime = async (query: Record<string, string>): Promise<VerifyWire> => {
    const verified = await runtime.attempt(runtimeApi.verify, { timeoutMs, query });
    if (!verified.ok) throw new CommandEnd(verified.problem);
    return verified.value;
  };
  const first = await ofRuntime({});
  const governance = await control.call(controlApi.verify, { timeoutMs, query: queryOf(first.witnessed) });
  const execution = governance.witnessed === null ? first : await ofRuntime(queryOf(governance.witnessed));
  return [
    { name: 'control', report: governance },
    { name: 'runtime', report: execution },
  ];
}

const queryOf = (seal: VerifyWire['witnessed']): Record<string, string> =>
  seal === null ? {} : { to: String(seal.to), root: seal.root, key: seal.key };

async function fromFile(path: string, context: Context): Promise<VerifyWire> {
  const found = await stat(path).catch(() => null);
  if (found === null || !found.isFile())
    throw failed(
      `there is no journal file \`${path}\``,
      `those of this machine are in ${context.home.control} and ${context.home.runtime}`,
    );
  const [{ openJournalReadOnly }, { verifyToWire }] = await Promise.all([
    import('@writ/journal'),
    import('@writ/server'),
  ]);
  try {
    await using reader = await openJournalReadOnly(path);
    return verifyToWire(await reader.verify());
  } catch (error) {
    throw failed(
      `\`${path}\` cannot be read as a journal: ${error instanceof Error ? error.message : String(error)}`,
      null,
    );
  }
}

function say(context: Context, name: string, report: VerifyWire): void {
  const style = context.style();
  const sealed = report.sealed === null ? '' : `, sealed to ${String(report.sealed.to)}`;
  const size = `${count(report.events, 'event')} in ${count(report.streams, 'stream')}, head ${String(report.head)}${sealed}`;
  if (report.ok) context.say(`${style.tone('good', style.mark('done'))} ${safeText(name)}: intact, ${size}`);
  else
    context.say(
      `${style.tone('bad', style.mark('failed'))} ${safeText(name)}: ${count(report.findings.length, 'finding')}, ${size}`,
      ...table(
        report.findings.map((finding) => [
          `position ${String(finding.position)}`,
          `${safeText(finding.stream)} version ${String(finding.version)}`,
          safeText(finding.problem),
        ]),
      ),
    );
  for (const { position, stream, version, by, at, reason } of report.erased)
    context.say(
      `  erased: position ${String(position)}, ${safeText(stream)} version ${String(version)}, by ${safeText(by)} at ${at}: ${safeText(reason)}`,
    );
}
