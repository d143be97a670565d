/** `node:https` is not spoken inside the simulation: what asks for it finds nobody. */

export { Agent, request } from './http.ts';
