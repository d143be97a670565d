/** What a log says of itself in passing: how far it goes, in which incarnation, sealed under which keys, what it knows of the other plane. It checks nothing. */
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { checkpointIn } from '../checkpoint/checkpoint.ts';
import { checkpointStream, sealedType, witnessedType, witnessStream } from '../checkpoint/notary.ts';
import type { StoredEvent } from '../log-check.ts';

/** Where a plane says that its journal was set back and is another incarnation from there on. */
const restoredStream = 'journal';
const restoredType = 'journal.restored';

export class LogFacts {
  events = 0;
  last = 0;
  incarnation = 1;
  checkpoints = 0;
  sealed: Checkpoint | null = null;
  witnessed: Checkpoint | null = null;
  readonly keys = new Set<string>();

  /** Events in order. */
  event({ position, stream, type, dataText }: StoredEvent): void {
    this.events += 1;
    this.last = position;
    if (stream === checkpointStream && type === sealedType) {
      const checkpoint = checkpointIn(parse(dataText));
      if (!checkpoint) return;
      this.checkpoints += 1;
      this.sealed = checkpoint;
      this.keys.add(checkpoint.key);
    } else if (stream === witnessStream && type === witnessedType) {
      this.witnessed = checkpointIn(parse(dataText)) ?? this.witnessed;
    } else if (stream === restoredStream && type === restoredType) {
      const data = parse(dataText);
      if (typeof data === 'object' && data !== null && 'incarnation' in data && typeof data.incarnation === 'number')
        this.incarnation = data.incarnation;
    }
  }
}

function parse(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    // Not what was hashed; the log's own check tells.
    return undefined;
  }
}
