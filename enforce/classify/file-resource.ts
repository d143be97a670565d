/** Which file of which place a path names: of the project, or of the machine where it lies outside, which no preset covers for writing. */

export type Place = {
  readonly project: string;
  /** Absolute, resolved. */
  readonly root: string;
  /** The real path of what a call names, symbolic links followed; the path itself where nothing is there yet. */
  readonly realPath: (path: string) => string;
};

/** `workspace://PROJECT/…`, or `workspace://machine/…` with the absolute path. A relative `path` is seen from the root. */
export function fileResource(path: string, place: Place): string {
  const real = place.realPath(path.startsWith('/') ? path : `${place.root}/${path}`);
  const inside =
    real === place.root ? '' : real.startsWith(`${place.root}/`) ? real.slice(place.root.length + 1) : null;
  const encode = (segments: string): string => segments.split('/').map(encodeURIComponent).join('/');
  return inside === null ? `workspace://machine${encode(real)}` : `workspace://${place.project}/${encode(inside)}`;
}

/** A path that only the shell will know: it may be anywhere. */
export const unreadablePath = 'workspace://machine/unreadable';
