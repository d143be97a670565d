/** Text that is no more than text until bash computes with it, and then runs a command: a substitution in a subscript. */
export const runsWhenComputed = (text: string): boolean => /\[[^\]]*(?:\$\(|`)/.test(text);
