/**
 * Names of what signals are about: `branch:app/main`, `risk`. One text, one subject: a report under a name that only looks the same would leave a
 * condition waiting for ever.
 *
 * Refuses what a person cannot see or type the same way twice, instead of choosing one reading of it.
 */

const maxLength = 512;
const UNSEEN = /[\p{C}\p{Z}]/u;

/** Why a text names no subject, or undefined. */
export function whyMalformedSubject(text: string): string | undefined {
  if (text === '') return 'it is empty';
  if (text.length > maxLength) return `it is longer than ${maxLength} characters`;
  if (UNSEEN.test(text) || !text.isWellFormed()) return 'it holds a space or a character that cannot be seen';
  if (text.normalize('NFC') !== text) return 'it holds a character in more than one way to write it';
  return undefined;
}

/** Whether `prefix` covers `subject`: they are the same, or the subject goes on after the prefix where a name ends (`:`, `/` or `#`). */
export function coversSubject(prefix: string, subject: string): boolean {
  if (!subject.startsWith(prefix)) return false;
  return (
    subject.length === prefix.length || BOUNDARY.test(prefix.slice(-1)) || BOUNDARY.test(subject.charAt(prefix.length))
  );
}

const BOUNDARY = /[:/#]/;
