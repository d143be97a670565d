/**
 * What of a recording is shown again: text, colours and movements of the cursor. Whatever else acts on the person's terminal (its title, its clipboard, its modes, answers it is asked for, strings for its
 * driver) is left out; the recording has it all. A sequence is read to its end, over as many pieces as it came in, and shown only if it is one of those named here. ECMA-48, and xterm's control
 * sequences. Pure.
 */

export interface Replay {
  /** The next piece, as it may be written to a terminal. */
  show(text: string): string;
  /** What leaves the terminal as it was before. */
  end(): string;
}

/** Where in a sequence the text stands. */
type At = 'text' | 'escape' | 'control' | 'charset' | 'string';

/** Moves the cursor, writes, erases and scrolls within the screen. */
const harmless = /^[0-9;:]*[A-HKLMPSTXZ@`abdefrsu]$/;
/** The scrollback is the person's own. */
const erases = /^[0-2]?J$/;
const colours = /^[0-9;:]*m$/;
/** The cursor, wrapping, and the other screen; not the mouse, the keyboard or pasting. */
const modes = /^\?(?:7|12|25|47|1047|1048|1049)[hl]$/;
/** Saves and restores the cursor; moves it by a line. */
const escapes = '78DEM';
const charsets = 'B0';
const shownControls = '\b\t\n\r';
const longest = 128;

const isControl = (character: string): boolean => character < ' ' || (character >= '\u007f' && character <= '\u009f');

/** For one recording, from its beginning. */
export function createReplay(): Replay {
  let at: At = 'text';
  let parameters = '';
  const left = { colour: false, cursor: false, screen: '', margins: false, charset: false };

  function control(sequence: string): string {
    if (colours.test(sequence)) left.colour = !/^0*m$/.test(sequence);
    else if (modes.test(sequence)) mode(sequence);
    else if (!harmless.test(sequence) && !erases.test(sequence)) return '';
    if (sequence.endsWith('r')) left.margins = true;
    return `\u001b[${sequence}`;
  }

  function mode(sequence: string): void {
    const isSet = sequence.endsWith('h');
    if (sequence.startsWith('?25')) left.cursor = !isSet;
    if (/^\?(?:47|1047|1049)/.test(sequence)) left.screen = isSet ? sequence.replace('h', 'l') : '';
  }

  function afterEscape(character: string): string {
    at = 'text';
    if (character === '[') [at, parameters] = ['control', ''];
    else if (']PX^_'.includes(character)) at = 'string';
    else if (character >= ' ' && character <= '/') [at, parameters] = ['charset', character];
    else if (escapes.includes(character)) return `\u001b${character}`;
    return '';
  }

  function inControl(character: string): string {
    if (character < '@') {
      parameters += parameters.length < longest ? character : '';
      return '';
    }
    at = 'text';
    return parameters.length < longest ? control(parameters + character) : '';
  }

  function inCharset(character: string): string {
    if (character <= '/') {
      parameters += parameters.length < longest ? character : '';
      return '';
    }
    at = 'text';
    if (parameters !== '(' || !charsets.includes(character)) return '';
    left.charset = character !== 'B';
    return `\u001b(${character}`;
  }

  function next(character: string): string {
    if (character === '\u001b') at = 'escape';
    else if (character === '\u0018' || character === '\u001a') at = 'text';
    else if (at === 'string') at = character === '\u0007' || character === '\u009c' ? 'text' : 'string';
    else if (isControl(character)) return shownControls.includes(character) ? character : '';
    else if (at === 'text') return character;
    else if (at === 'escape') return afterEscape(character);
    else return at === 'control' ? inControl(character) : inCharset(character);
    return '';
  }

  return {
    show: (text) => {
      let shown = '';
      for (const character of text) shown += next(character);
      return shown;
    },
    end: () =>
      [
        left.screen === '' ? '' : `\u001b[${left.screen}`,
        left.margins ? '\u001b7\u001b[r\u001b8' : '',
        left.charset ? '\u001b(B' : '',
        left.colour ? '\u001b[0m' : '',
        left.cursor ? '\u001b[?25h' : '',
      ].join(''),
  };
}
