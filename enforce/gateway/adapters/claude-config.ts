/**
 * What Claude Code keeps of its person: which folders they trust, what they chose at its first start, who is signed in. It has all of it in `~/.claude.json`, beside which it writes to put
 * another file in its place; in a sandbox it cannot, and asks again at each start. So a session has a copy of it where Claude Code may write, and the person's stays as it is.
 *
 * It takes from the copy nothing that starts a program or allows one, because an agent can write there: what the person has in their own file, they put there outside of a session.
 */

import { z } from 'zod';

const project = z.looseObject({});
const config = z.looseObject({ projects: z.record(z.string(), project).default({}) });
type Config = z.infer<typeof config>;

/** Of a folder: what the person said at a prompt. */
const said = ['hasTrustDialogAccepted', 'hasCompletedProjectOnboarding'] as const;
/** Of those that are no single word or number: who is signed in, and with which key. */
const signedIn: ReadonlySet<string> = new Set(['oauthAccount', 'customApiKeyResponses']);

/** The copy for the next session: the person's own, and what was chosen in sessions where theirs says nothing of it. */
export function claudeConfig(theirs: string, kept: string): string {
  const [own, copy] = [parsed(theirs), parsed(kept)];
  const chosen = Object.entries(copy).filter(([key, value]) => typeof value !== 'object' || signedIn.has(key));
  const answered = Object.entries(copy.projects).map(([folder, one]): [string, z.infer<typeof project>] => {
    const yes = said.filter((key) => one[key] === true);
    return [folder, { ...own.projects[folder], ...Object.fromEntries(yes.map((key) => [key, true])) }];
  });
  const projects = { ...own.projects, ...Object.fromEntries(answered) };
  return `${JSON.stringify({ ...Object.fromEntries(chosen), ...own, projects }, null, 2)}\n`;
}

function parsed(text: string): Config {
  try {
    return config.parse(JSON.parse(text));
  } catch {
    return { projects: {} }; // there is none, or it cannot be read: nothing was said
  }
}
