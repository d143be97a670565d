import { readFile } from 'node:fs/promises';
import { controlApi } from '@writ/protocol';
import { describe, expect, it } from 'vitest';
import { describeControl } from './describe.ts';

type Json = { readonly [key: string]: Json };

describe('the OpenAPI description', () => {
  it('is the one in docs; run `node apps/server/write-openapi.ts` after a change of the wire', async () => {
    const kept: unknown = JSON.parse(await readFile(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'));
    expect(kept).toEqual(describeControl());
  });

  it('has every route, and every reference in it leads somewhere', () => {
    const description = describeControl() as Json;
    const operations = Object.values(description['paths'] ?? {}).flatMap((path) =>
      Object.values(path).map((operation) => operation['operationId']),
    );
    expect(new Set(operations)).toEqual(new Set([...Object.keys(controlApi), 'events', 'hearGithub', 'hearSet']));
    const references = [...JSON.stringify(description).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? '');
    const isThere = (reference: string): boolean =>
      reference
        .split('/')
        .slice(1)
        .reduce<Json | undefined>((at, step) => at?.[step], description) !== undefined;
    expect(references.filter((reference) => !isThere(reference))).toEqual([]);
    expect(references.length).toBeGreaterThan(0);
  });

  it('says that a run may have to prove its key, wherever a run may call, and nowhere else', () => {
    const description = describeControl() as Json;
    const schemes = description['components']?.['securitySchemes'];
    expect(Object.keys(schemes ?? {})).toEqual(['bearer', 'dpop', 'dpop_proof']);
    const operations = Object.values(description['paths'] ?? {}).flatMap((path) => Object.values(path));
    for (const route of Object.keys(controlApi)) {
      const security = operations.find((operation) => Object.is(operation['operationId'], route))?.['security'];
      // Every one of them is in the table of routes.
      const { callers } = controlApi[route as keyof typeof controlApi];
      const isOfRuns = callers.some((caller) => caller === 'actor') && !callers.some((caller) => caller === 'anyone');
      expect([route, JSON.stringify(security).includes('"dpop":[],"dpop_proof":[]')]).toEqual([route, isOfRuns]);
    }
  });
});
