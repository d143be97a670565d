/** `enforce/node-http.ts`: what is asked by HTTP inside the simulation goes over its network. */

import * as simulated from './http.ts';

export const http = simulated;
export const https = simulated;
