/**
 * Types alone: what stands in for a module of ours has all that the module has, with types that fit in its place, so that a signature which changes there is found here by the compiler.
 * Not here: what stands for Node's modules and for `jose`, which have only what our code uses of them, and `http-server.ts`, which is no Fastify.
 */

/** `StandIn` fits where `Real` was; the error names what does not. */
type Fits<Real, StandIn extends Real> = [Real, StandIn];

export type Fitting = [
  Fits<typeof import('../../../apps/server/store/plane-store.ts'), typeof import('./plane-store.ts')>,
  Fits<typeof import('../../../enforce/supervisor/run.ts'), typeof import('./run.ts')>,
  Fits<typeof import('../../../enforce/gateway/agent-door.ts'), typeof import('./agent-door.ts')>,
  Fits<typeof import('../../../enforce/supervisor/probe-sandbox.ts'), typeof import('./place.ts')>,
  Fits<typeof import('../../../enforce/enforcer/person-identity.ts'), typeof import('./place.ts')>,
  Fits<typeof import('../../../enforce/enforcer/run-places.ts'), typeof import('./place.ts')>,
  Fits<typeof import('../../../enforce/enforcer/reap.ts'), typeof import('./place.ts')>,
  Fits<typeof import('../../../enforce/supervisor/processes.ts'), typeof import('./processes.ts')>,
  Fits<typeof import('../../../enforce/supervisor/git-places.ts'), typeof import('./place.ts')>,
  Fits<typeof import('../../../enforce/broker/git.ts'), typeof import('./broker-git.ts')>,
  Fits<typeof import('../../../runtime/workspace/git.ts'), typeof import('./workspace.ts')>,
  Fits<typeof import('../../../runtime/workspace/repository.ts'), typeof import('./workspace.ts')>,
  Fits<typeof import('../../../runtime/workspace/worktree.ts'), typeof import('./workspace.ts')>,
];
