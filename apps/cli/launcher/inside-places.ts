/** Places of Writ's in the sandbox around an attended session, by their paths there. Names only. */

/** Where a session in the sandbox finds what Writ gives it. */
export const insidePlaces = {
  door: '/tmp/.writ/door.sock',
  gate: '/tmp/.writ/gate.sock',
  hooks: '/tmp/.writ/hooks.sock',
  callbacks: '/tmp/.writ/in',
  ssh: '/tmp/.writ/ssh.sock',
  knownHosts: '/tmp/.writ/known_hosts',
  harness: '/tmp/.writ/harness',
  bin: '/tmp/.writ/bin',
} as const;
