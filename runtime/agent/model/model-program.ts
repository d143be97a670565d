/** What a model's turn is started as, inside its sandbox: a command of Writ's own, which every run finds first on its path. */

export const modelProgram: readonly [string, ...string[]] = ['writ', 'model-turn'];
