// Which words pass for others: letters of another script among Latin ones, whole words of letters that look Latin, and characters that a program folds
// into others. What is shown to an approver spells these out. Guards attacks 25 and 48 of the speed-and-safety list.
// It knows the scripts whose letters are most often passed off as Latin ones (Unicode, UTS #39), not every letter that resembles another.

const OTHER_SCRIPT =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}]/u;
const LATIN = /\p{Script=Latin}/u;
/** Cyrillic and Greek letters that are drawn like Latin ones. */
const DRAWN_ALIKE = /^[авекмнорстухѕіјһԁԛԝүАВЕКМНОРСТУХЅІЈαικνορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ\p{N}]+$/u;
const NOT_A_LETTER = /[^\p{L}\p{M}\p{N}]+/u;

/** Whether some word of the text can be taken for another one by a person who reads it. */
export function imitates(text: string): boolean {
  if (text.normalize('NFKC') !== text) return true;
  return text
    .split(NOT_A_LETTER)
    .some((word) => OTHER_SCRIPT.test(word) && (LATIN.test(word) || DRAWN_ALIKE.test(word)));
}
