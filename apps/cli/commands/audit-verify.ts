/**
 * `writ audit verify`: recomputes every hash, count and checkpoint, and names exactly what does not hold: of both journals while their planes run, of a store without its planes, of
 * one journal file, or of an export.
 */

import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Seal, StorePlace, VerifyReport, Witnessed } from '@writ/journal';
import { controlApi, runtimeApi } from '@writ/protocol';
import type { VerifyWire } from '../connect/wire.ts';
import { CommandEnd, exitCodes, failed, usage } from '../exit.ts';
import { asFailure, journalPlanes, storeNamed } from '../place/store-choice.ts';
import { listOption, textOption } from '../program/command.ts';
import type { CommandRun, Input } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { showVerified } from '../render/verified.ts';
import { refuseInside } from '../program/refuse-inside.ts';

type Verified = Readonly<Record<string, VerifyWire>>;

export const run: CommandRun = async (context, input) => {
  const witnesses = await witnessesOf(context, input);
  const journals = await verify(context, input, witnesses);
  const unused = witnesses.length > 0 && !witnesses.some(({ plane }) => plane in journals);
  if (unused)
    throw failed(
      `the witness knows of ${[...new Set(witnesses.map(({ plane }) => `\`${plane}\``))].join(' and ')}, and that is not what is verified`,
      'give one that has a checkpoint of these journals',
    );
  const ok = Object.values(journals).every((report) => report.ok);
  context.answer({ ok, journals });
  for (const [name, report] of Object.entries(journals)) context.say(...showVerified(name, report, context.style()));
  return ok ? exitCodes.done : exitCodes.failed;
};

async function verify(context: Context, input: Input, witnesses: readonly Witnessed[]): Promise<Verified> {
  const [file, store] = [textOption(input, 'file'), textOption(input, 'store')];
  if (file !== undefined && store !== undefined)
    throw usage('`--file` and `--store` name two places to look in', 'give one of them');
  if (store !== undefined) {
    refuseInside(context, 'read what governs it');
    return ofStore(context, store, witnesses);
  }
  return file === undefined ? ofPlanes(context, witnesses) : ofFile(resolve(context.io.cwd, file), context, witnesses);
}

async function witnessesOf({ io }: Context, input: Input): Promise<readonly Witnessed[]> {
  const paths = listOption(input, 'witness');
  if (paths.length === 0) return [];
  const { readWitnesses } = await import('@writ/journal');
  const found = await Promise.all(paths.map((path) => readWitnesses(resolve(io.cwd, path)).catch(asFailure)));
  return found.flat();
}

/** Both planes' own journals, while they run, each against what the other has witnessed of it. One that does not answer ends the command: half a proof is none. */
async function ofPlanes({ planes }: Context, witnesses: readonly Witnessed[]): Promise<Verified> {
  const { verifyTogether } = await import('@writ/journal');
  const timeoutMs = 600_000;
  const [control, runtime] = [await planes.control(), await planes.runtime()];
  const journals = [
    {
      plane: 'control',
      verify: (expected: readonly Seal[]) =>
        control.call(controlApi.verify, { timeoutMs, query: queryOf(expected) }).then(fromWire),
    },
    {
      plane: 'runtime',
      verify: async (expected: readonly Seal[]) => {
        const verified = await runtime.attempt(runtimeApi.verify, { timeoutMs, query: queryOf(expected) });
        if (!verified.ok) throw new CommandEnd(verified.problem);
        return fromWire(verified.value);
      },
    },
  ];
  return toWires(await verifyTogether(journals, witnesses));
}

function queryOf(seals: readonly Seal[]): Record<string, string> {
  if (seals.length === 0) return {};
  return {
    seals: seals.map(({ from = '', to, root, key }) => `${String(from)}.${String(to)}.${root}.${key}`).join(','),
  };
}

function fromWire({ erased, ...report }: VerifyWire): VerifyReport {
  return { ...report, erased: erased.map(({ erased_at, ...one }) => ({ ...one, erasedAt: erased_at })) };
}

async function toWires(reports: Readonly<Record<string, VerifyReport>>): Promise<Verified> {
  const { verifyToWire } = await import('@writ/server');
  return Object.fromEntries(Object.entries(reports).map(([plane, report]) => [plane, verifyToWire(report)]));
}

/** Both journals of a store, whether or not planes use it. */
async function ofStore({ home }: Context, words: string, witnesses: readonly Witnessed[]): Promise<Verified> {
  const [{ verifyStores }, { placeOfPlane }] = await Promise.all([import('@writ/journal'), import('@writ/server')]);
  const store = storeNamed(words);
  const places = journalPlanes.map((plane): { plane: string; place: StorePlace } => ({
    plane,
    place: placeOfPlane(home.root, plane, store),
  }));
  return toWires(await verifyStores(places, witnesses).catch(asFailure));
}

async function ofFile(path: string, context: Context, witnesses: readonly Witnessed[]): Promise<Verified> {
  const found = await stat(path).catch(() => null);
  if (found === null)
    throw failed(
      `there is no journal file \`${path}\``,
      `those of this machine are in ${context.home.control} and ${context.home.runtime}`,
    );
  const { planeOfFile, verifyExport, verifyStores } = await import('@writ/journal');
  if (found.isDirectory()) return toWires((await verifyExport(path, witnesses).catch(asFailure)).journals);
  const place = { kind: 'file', path } as const;
  const plane = (await planeOfFile(path).catch(asFailure)) ?? basename(path).replace(/\.[^.]*$/, '');
  return toWires(await verifyStores([{ plane, place }], witnesses).catch(asFailure));
}
