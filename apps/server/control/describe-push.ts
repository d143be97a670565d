/** The OpenAPI description of where sources push to: bodies in formats of their own, and no bearer. */

const text = (type: string) => ({ required: true, content: { [type]: { schema: { type: 'string' } } } });
const object = (properties: Readonly<Record<string, object>>) => ({
  'application/json': { schema: { type: 'object', required: Object.keys(properties), properties } },
});
const header = (name: string, required = true) => ({ name, in: 'header', required, schema: { type: 'string' } });
const source = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };
const problem = {
  description: 'a problem',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

export const pushPaths: Readonly<Record<string, object>> = {
  '/v1/sources/{id}/github': {
    post: {
      operationId: 'hearGithub',
      summary: 'a webhook of GitHub, signed with the secret that was told when the source was added',
      description:
        'For: a source of kind github. Each delivery is taken once; one that is delivered again is answered as it was, and changes nothing. What says nothing about any subject is acknowledged and recorded as unused.',
      parameters: [source, header('X-GitHub-Event'), header('X-GitHub-Delivery'), header('X-Hub-Signature-256')],
      requestBody: text('application/json'),
      responses: {
        '202': {
          description: 'heard',
          content: object({
            outcome: { enum: ['applied', 'unused'] },
            note: { type: 'string' },
            subjects: { type: 'array', items: { type: 'string' } },
          }),
        },
        default: problem,
      },
      security: [],
    },
  },
  '/v1/sources/{id}/events': {
    post: {
      operationId: 'hearSet',
      summary: 'a security event token, pushed as RFC 8935 says by a transmitter of Shared Signals',
      description: 'For: a source of kind ssf. A token that was taken before is acknowledged and changes nothing.',
      parameters: [source],
      requestBody: text('application/secevent+jwt'),
      responses: {
        '202': { description: 'taken' },
        '400': {
          description: 'what is wrong with it',
          content: object({ err: { type: 'string' }, description: { type: 'string' } }),
        },
        default: problem,
      },
      security: [],
    },
  },
};
