/**
 * What of a recording is shown again: text, colours and movements of the cursor. What would act on the person's terminal (its title, its clipboard, answers it is asked for, strings for its driver)
 * is left out; the recording has it all. ECMA-48, and xterm's control sequences. Pure.
 */

/** OSC, DCS, SOS, PM and APC up to their end, or to the end of the text. */
const strings = /\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\|$)/g;
/** CSI sequences by their last letter: reports are asked for by `c`, `n`, `x`; `t` moves windows, `q` and `y` ask. */
const asking = /\u001b\[[0-9;?>=!$'" ]*[cnxtqy]/g;
/** One character controls of eight bits, and a bell. */
const others = /[\u0007\u0080-\u009f]/g;

/** `text` as it may be written to a terminal. */
export const replayText = (text: string): string => text.replace(strings, '').replace(asking, '').replace(others, '');
