/** The project of a repository that nobody gave a name: the folder's, as far as it can be one. One spelling for whoever derives it. Pure. */

/** `text` as an identifier of small letters, digits and hyphens; `mission` where nothing of it can be one. */
export const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 32)
    .replace(/-+$/, '') || 'mission';

/** The name of the folder at `path`, as far as it can be a project's. */
export const projectName = (path: string): string => slug(path.split(/[\\/]/).findLast((part) => part !== '') ?? '');
