#!/usr/bin/env node
/**
 * The first file of the `writ` program, in plain JavaScript: `--version` answers from here, before Node loads what strips types. Everything else
 * is main.ts.
 */

import { readFileSync } from 'node:fs';

const [first, ...others] = process.argv.slice(2);

if (others.length === 0 && (first === '--version' || first === '-V')) {
  const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));
  process.stdout.write(`${version}\n`);
} else await import('./main.ts');
