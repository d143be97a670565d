import { mkdirSync, mkdtempDisposableSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contentOf, fromOutside } from './adapter-content.ts';

function folder() {
  const made = mkdtempDisposableSync(join(tmpdir(), 'writ-adapter-content-'));
  const path = realpathSync(made.path);
  mkdirSync(join(path, 'lib'));
  writeFileSync(join(path, 'adapter.mjs'), 'export default {};');
  writeFileSync(join(path, 'lib/hook.mjs'), '// the hook');
  const digest = (): string => {
    const content = contentOf(path);
    return content.kind === 'bound' ? content.digest : content.why;
  };
  return { path, digest, [Symbol.dispose]: made[Symbol.dispose] };
}

test('an adapter is all that lies in its folder, by name and by content', () => {
  using at = folder();
  const before = at.digest();
  expect(at.digest()).toBe(before);
  writeFileSync(join(at.path, 'lib/hook.mjs'), '// another hook');
  const changed = at.digest();
  writeFileSync(join(at.path, 'lib/more.mjs'), '');
  expect(new Set([before, changed, at.digest()]).size).toBe(3);
});

test('what is not seen whole is bound to nothing', () => {
  using at = folder();
  symlinkSync('/', join(at.path, 'elsewhere'));
  expect(contentOf(at.path)).toMatchObject({ kind: 'unbound' });
});

test('a module from elsewhere is named, and one of its own or of Writ is not', () => {
  expect(fromOutside(['/mine/a.mjs', '/writ/enforce/index.ts'], '/mine', '/writ')).toBeUndefined();
  expect(fromOutside(['/mine/a.mjs', '/mine-too/b.mjs'], '/mine', '/writ')).toBe('/mine-too/b.mjs');
});
