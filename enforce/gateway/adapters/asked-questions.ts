/**
 * The questions a model puts to the person by a tool of its harness, in one form, and the answers in words for a harness that takes none as part of the call.
 *
 * What is asked several choices at once, or for a secret, is left to the harness's own prompt: the first has no single answer, and the second is nothing to keep.
 */

import { z } from 'zod';
import type { NativeQuestion } from './adapter.ts';

const asked = z.object({
  questions: z
    .array(
      z.object({
        question: z.string(),
        type: z.string().optional(),
        multiSelect: z.boolean().default(false),
        multiple: z.boolean().default(false),
        isSecret: z.boolean().default(false),
        options: z
          .array(z.object({ label: z.string(), description: z.string().default('') }))
          .nullish()
          .transform((options) => options ?? []),
      }),
    )
    .min(1),
});

const yesOrNo = [
  { label: 'Yes', description: '' },
  { label: 'No', description: '' },
] as const;

/** The part of a call that says what it asks; empty where it asks nothing that is answered here. */
export function asking(input: Readonly<Record<string, unknown>>): { readonly questions?: readonly NativeQuestion[] } {
  const found = asked.safeParse(input);
  if (!found.success) return {};
  const { questions } = found.data;
  if (questions.some(({ multiSelect, multiple, isSecret }) => multiSelect || multiple || isSecret)) return {};
  return {
    questions: questions.map(({ question, type, options }) => ({
      question,
      options: type === 'yesno' ? yesOrNo : options,
    })),
  };
}

/** As the reason for which the tool does not run, where a harness gives the model nothing else. */
export const answersInWords = (answers: Readonly<Record<string, string>>): string =>
  `A person was asked in its place, and this is no error. ${Object.entries(answers)
    .map(([question, answer]) => `${JSON.stringify(question)} was answered with ${JSON.stringify(answer)}.`)
    .join(' ')} Go on with that, and do not ask it again.`;
