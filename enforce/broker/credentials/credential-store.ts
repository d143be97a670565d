/** The credentials of this machine as a person names them and the gate finds them. A file that cannot be trusted gives none away. */

import type { Answer } from '../../enforcer/answer.ts';
import { done, refuse } from '../../enforcer/answer.ts';
import type { Credential } from './credential.ts';
import { whyNoCredential } from './credential.ts';
import { readCredentials, writeCredentials } from './credential-file.ts';

export type ShownCredential = Omit<Credential, 'secret'>;

export interface CredentialStore {
  /** With their secrets, for whoever puts them into requests. */
  of(project: string | null): readonly Credential[];
  list(): Answer<readonly ShownCredential[]>;
  /** One of the same name and project is replaced. */
  add(credential: Credential): Answer<ShownCredential>;
  remove(project: string, name: string): Answer<ShownCredential>;
}

/** The store in `dir`; `report` is told what could not be read. */
export function createCredentialStore(dir: string, report: (sentence: string) => void): CredentialStore {
  const isSame = (a: Pick<Credential, 'name' | 'project'>, b: Pick<Credential, 'name' | 'project'>): boolean =>
    a.name === b.name && a.project === b.project;
  function change<T>(how: (kept: readonly Credential[]) => Answer<T>): Answer<T> {
    try {
      return how(readCredentials(dir));
    } catch (error) {
      return refuse('credentials_unusable', 500, error instanceof Error ? error.message : String(error), null);
    }
  }
  return {
    of(project) {
      if (project === null) return [];
      try {
        return readCredentials(dir).filter((one) => one.project === project);
      } catch (error) {
        report(`credentials cannot be read: ${error instanceof Error ? error.message : String(error)}`);
        return [];
      }
    },
    list: () => change((kept) => done(kept.map(shown))),
    add: (credential) =>
      change((kept) => {
        const why = whyNoCredential(credential);
        if (why !== undefined) return refuse('malformed_credential', 400, why, null);
        writeCredentials(dir, [...kept.filter((one) => !isSame(one, credential)), credential]);
        return done(shown(credential));
      }),
    remove: (project, name) =>
      change((kept) => {
        const gone = kept.find((one) => isSame(one, { project, name }));
        if (gone === undefined)
          return refuse('not_found', 404, `there is no credential \`${name}\` of \`${project}\``, null);
        writeCredentials(
          dir,
          kept.filter((one) => one !== gone),
        );
        return done(shown(gone));
      }),
  };
}

function shown({ secret: _, ...rest }: Credential): ShownCredential {
  return rest;
}
