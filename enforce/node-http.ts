/**
 * `node:http` and `node:https`, as `require` gives them. An `import` of either reads every member it exports, the lazy ones too, and with `WebSocket` comes the whole of
 * Node's fetch: some fifty milliseconds of every command that is linked with this room.
 */

export const http = process.getBuiltinModule('node:http');
export const https = process.getBuiltinModule('node:https');
