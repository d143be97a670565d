/**
 * Where sources of signals push to, in their own formats: the body's bytes as they came, since those are what is signed. No bearer is asked for;
 * what a message shows of who sent it is control's to verify.
 *
 * It refuses other content types and bodies beyond what such a message needs, before anything is parsed.
 */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Control } from '@writ/control';
import { sendProblem } from '../http/http-server.ts';
import { problem } from '../http/problem.ts';
import { problemOf } from './refusal-problem.ts';

/** The largest message taken, in bytes. GitHub's own limit is higher, and what says anything here is far smaller. */
const maxMessageBytes = 4_194_304;

/** Mounts them beside the other routes, with a reader of bodies of their own. */
export function mountPushRoutes(app: FastifyInstance, control: Control): void {
  mountPush(app, '/v1/sources/:id/events', 'application/secevent+jwt', (request, reply) =>
    hearSet(control, request, reply),
  );
  mountPush(app, '/v1/sources/:id/github', 'application/json', (request, reply) => hearGithub(control, request, reply));
}

type Hear = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** A route that takes bodies of one type, as text. */
function mountPush(app: FastifyInstance, path: string, type: string, hear: Hear): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(type, { parseAs: 'string', bodyLimit: maxMessageBytes }, (_request, body, done) =>
      done(null, body),
    );
    scope.post(path, { bodyLimit: maxMessageBytes }, hear);
  });
}

async function hearGithub(control: Control, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const heard = await control.hearGithub(sourceIn(request), {
    delivery: headerOf(request, 'x-github-delivery'),
    event: headerOf(request, 'x-github-event'),
    signature: headerOf(request, 'x-hub-signature-256'),
    body: textOf(request),
  });
  if (!heard.ok) return sendProblem(reply, problemOf(heard.refusal));
  const { outcome, note, subjects } = heard.value;
  return reply.code(202).header('content-type', 'application/json').send(JSON.stringify({ outcome, note, subjects }));
}

/** Answers as RFC 8935 asks: 202 and nothing more, or 400 with what is wrong. */
async function hearSet(control: Control, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const answer = await control.hearSet(sourceIn(request), textOf(request));
  switch (answer.kind) {
    case 'accepted':
      return reply.code(202).send();
    case 'refused': {
      const { err, description } = answer;
      return reply
        .code(400)
        .header('content-type', 'application/json')
        .header('content-language', 'en')
        .send(JSON.stringify({ err, description }));
    }
    case 'unavailable':
      return sendProblem(
        reply.header('retry-after', '30'),
        problem(503, 'unavailable', `it cannot be taken now: ${answer.why}`, 'send it again'),
      );
  }
}

/** The source in the path; what cannot be one is none. */
function sourceIn({ params }: FastifyRequest): string {
  const id = typeof params === 'object' && params !== null && 'id' in params ? params.id : undefined;
  return typeof id === 'string' && /^[A-Za-z0-9_.-]{1,128}$/.test(id) ? id : '';
}

const textOf = ({ body }: FastifyRequest): string => (typeof body === 'string' ? body : '');

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
