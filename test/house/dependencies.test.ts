/**
 * Every direct dependency is pinned exactly, agrees with its lockfile, and has a row with its reason and licence in docs/decisions/0002-dependencies.md.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

type Package = {
  readonly version?: string;
  readonly license?: string;
  readonly workspaces?: readonly string[];
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
};
type Lock = { readonly packages: Record<string, Package> };
type Dependency = {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  readonly locked?: Package;
};
type Row = { readonly name: string; readonly usedBy: string; readonly reason: string; readonly licence: string };

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const parse = <T>(path: string) => JSON.parse(read(path)) as T;
const document = 'docs/decisions/0002-dependencies.md';

const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;
const direct = (description: Package) =>
  Object.assign({}, ...kinds.map((kind) => description[kind])) as Record<string, string>;

/** The direct dependencies of a folder on packages that are not ours, and what its lockfile says of each. */
function dependenciesOf(folder: string, lock: Lock, at: string): readonly Dependency[] {
  const description = parse<Package>(join(folder, 'package.json'));
  return Object.entries(direct(description))
    .filter(([name]) => !name.startsWith('@writ/'))
    .map(([name, version]) => {
      const nested = lock.packages[join(at, 'node_modules', name)];
      return { folder, name, version, locked: nested ?? lock.packages[join('node_modules', name)] };
    });
}

const lock = parse<Lock>('package-lock.json');
const workspaces = parse<Package>('package.json').workspaces ?? [];
/** Packages of their own beside the product, with their own lockfile: what a suite or a measurement installs when it runs. */
const apart = globSync('{test,bench}/*/package.json', { cwd: root }).map((file) => dirname(file));
const dependencies = [
  ...dependenciesOf('.', lock, ''),
  ...workspaces.flatMap((folder) => dependenciesOf(folder, lock, folder)),
  ...apart.flatMap((folder) => dependenciesOf(folder, parse<Lock>(join(folder, 'package-lock.json')), '')),
];

const rows: readonly Row[] = [...read(document).matchAll(/^\| `([^`]+)` \| (.+?) \| (.+?) \| (.+?) \|$/gm)].map(
  ([, name = '', usedBy = '', reason = '', licence = '']) => ({ name, usedBy, reason, licence }),
);
const used = [...new Set(dependencies.map(({ name }) => name))];

/** `apps/cli` is called `cli` in the table, `.` is called `root`. */
const shortName = (folder: string) => {
  if (folder === '.') return 'root';
  return apart.includes(folder) ? folder : (folder.split('/').at(-1) ?? folder);
};

describe('direct dependencies', () => {
  it('are pinned to one exact version', () => {
    const loose = dependencies.filter(({ version }) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
    expect(loose).toEqual([]);
  });

  it('are in the lockfile at that version', () => {
    const drifted = dependencies.filter(({ version, locked }) => locked?.version !== version);
    expect(drifted).toEqual([]);
  });

  it('have one version across the house', () => {
    const versions = used.map(
      (name) => new Set(dependencies.filter((one) => one.name === name).map((one) => one.version)),
    );
    expect(versions.filter(({ size }) => size !== 1)).toEqual([]);
  });

  it.each(used)('%s has a row with its users, reason and licence', (name) => {
    const row = rows.find((one) => one.name === name);
    const users = dependencies.filter((one) => one.name === name);
    expect(row?.reason.length).toBeGreaterThan(10);
    const isApart = ({ folder }: Dependency) => apart.includes(folder);
    const shipped = users.filter((one) => !isApart(one) || users.every(isApart));
    expect(row?.usedBy.split(', ').sort()).toEqual(shipped.map(({ folder }) => shortName(folder)).sort());
    expect(users.map(({ locked }) => locked?.license)).toEqual(users.map(() => row?.licence));
  });

  it('are all there is in the table', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual([...used].sort());
  });
});
