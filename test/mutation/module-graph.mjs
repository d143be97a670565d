/**
 * Loads TypeScript modules afresh, again and again: every graph evaluates each of its modules once, whatever other graphs hold, so that tables built at load
 * are built from the change under test and no cache outlives it. Sources are read, stripped of their types and compiled once for all graphs.
 *
 * A graph holds the modules reached by relative imports; everything else is imported by Node, once, and shared.
 */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, resolve } from 'node:path';
import vm from 'node:vm';

/** By path: the source without its types, and what V8 made of it the first time. */
const sources = new Map();
/** By specifier: what Node imported. */
const packages = new Map();

function compile(path) {
  const known = sources.get(path);
  if (known !== undefined)
    return new vm.SourceTextModule(known.code, { identifier: path, cachedData: known.cachedData });
  const code = stripTypeScriptTypes(readFileSync(path, 'utf8'));
  const module = new vm.SourceTextModule(code, { identifier: path });
  sources.set(path, { code, cachedData: module.createCachedData() });
  return module;
}

function synthetic(exports) {
  return new vm.SyntheticModule(Object.keys(exports), function fill() {
    for (const [name, value] of Object.entries(exports)) this.setExport(name, value);
  });
}

async function fromNode(specifier) {
  const known = packages.get(specifier) ?? (await import(specifier));
  packages.set(specifier, known);
  return synthetic({ ...known });
}

/** A new graph. `given`: by specifier, the exports of modules that stand in for packages. The result loads a file into the graph. */
export function moduleGraph(given) {
  const modules = new Map();
  const once = (key, make) => {
    const module = modules.get(key) ?? make();
    modules.set(key, module);
    return module;
  };
  const link = (specifier, { identifier }) => {
    if (specifier.startsWith('.')) {
      const path = resolve(dirname(identifier), specifier);
      return once(path, () => compile(path));
    }
    const exports = given[specifier];
    return once(specifier, () => (exports === undefined ? fromNode(specifier) : synthetic(exports)));
  };
  return async (file) => {
    const path = resolve(file);
    const module = once(path, () => compile(path));
    await module.link(link);
    await module.evaluate();
  };
}
