/**
 * A process table of its own, for a bubblewrap sandbox, with the kernel's settings read-only in it. They belong to the user with the number 0, who writes them without any capability: in a sandbox of
 * root's (a container, a build machine), one that names a program for the kernel to start, `kernel.core_pattern`, would be started as root and outside.
 */
export const ownProc = ['--proc', '/proc', '--ro-bind', '/proc/sys', '/proc/sys'] as const;
