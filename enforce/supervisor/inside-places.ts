/** Where a gate is found inside every sandbox that has one. */
export const gatePort = 18_128;

/** Where a contained run finds what Writ gives it; the same inside every sandbox. */
export const insidePlaces = {
  root: '/run/writ',
  door: '/run/writ/door.sock',
  /** Of the egress gate, and where the relay inside listens for it. */
  gate: '/run/writ/gate.sock',
  gatePort,
  /** Of the SSH agent, and the servers' keys the person knows. */
  ssh: '/run/writ/ssh.sock',
  knownHosts: '/run/writ/known_hosts',
  bin: '/run/writ/bin',
  gitConfig: '/run/writ/gitconfig',
  node: '/run/writ/node',
  /** The shared Git directory as it is now, read-only. */
  repository: '/run/writ/repository',
} as const;
