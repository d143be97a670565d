/**
 * The contract of a harness adapter: everything Writ has to know of an agent program to run it under a mandate. One object, data and small functions, which a
 * stranger's module exports and `writ adapter test` walks through; docs/guide/adapters.md builds one.
 *
 * An adapter only translates. It decides nothing, asks nobody and keeps nothing: what it reads from a hook becomes the one request, and the answer is rendered
 * back so that its harness obeys it. What its harness cannot be held to, it says in `escapes`, and `writ scope` shows that.
 */

import type { ActionClass } from '@writ/authority';
import type { ToolCall } from '../histories/tool-names.ts';

/** Of this contract. An adapter for another is refused. */
export const adapterContract = 1;

/** An argument that takes the harness out of reach of its hooks. */
export type Bypass = {
  readonly flag: string;
  readonly why: string;
  /** Where there is something better than leaving it out. */
  readonly wayOut?: string;
};

/** What a hook's environment holds: the endpoint's address, and the secret by which it knows the session. */
export type HookPlace = { readonly url: string; readonly urlVariable: string; readonly tokenVariable: string };

export type StartPlace = {
  readonly hook: HookPlace;
  /** How long what asks has to wait for its answer, in seconds. Most come at once; one that waited for a person may take so long, and what gives up before blocks what they said yes to. */
  readonly patienceS: number;
  /** Where the program will find `files`: a folder of this session alone. */
  readonly folder: string;
  /** The program's own path, the person's arguments, home and environment, and where it is started. */
  readonly program: string;
  readonly argv: readonly string[];
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** A folder to keep what was learnt of this program for its next start. */
  readonly cache: string;
  /** Whether Writ's sandbox stands around the program. */
  readonly contained: boolean;
  /** What the model is told at its start; null where there is nothing to tell. */
  readonly context: string | null;
};

/** A file of the session's folder that Writ keeps one line in: how the session stands. */
export const statusFile = 'status';

/** Written into the session's folder, or a link in it to what the person has. */
export type SessionFile =
  { readonly path: string; readonly text: string } | { readonly path: string; readonly linkTo: string };

/** What of a start can say more, once the program's door is open. */
export type ToldStart = {
  readonly env: Readonly<Record<string, string>>;
  readonly files: readonly SessionFile[];
};

/** What is started: the person's own arguments come after `args`. Or why it cannot be started so that its hooks hold. */
export type Started =
  | {
      readonly kind: 'ready';
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly files: readonly SessionFile[];
      /** Whether the program has to write there, beside what was put there: what it writes ends with the session. */
      readonly writesFolder: boolean;
    }
  | { readonly kind: 'unusable'; readonly problem: string; readonly wayOut: string };

/** What every event says. */
type Said = {
  /** The harness's own name of the event, by which the answer is rendered. */
  readonly native: string;
  /** The conversation, and where the harness writes it down. */
  readonly session: string;
  readonly transcript: string | null;
};

/** A question of the model's to the person, with what they can choose. */
export type NativeQuestion = {
  readonly question: string;
  readonly options: readonly { readonly label: string; readonly description: string }[];
};

/** A sub-agent, as its harness names it. */
export type Helper = { readonly id: string; readonly kind: string | null };

/** What a harness says of a call that is over; `denied`: it did not let it run at all. */
export type CallOutcome = 'done' | 'failed' | 'denied';

type Called = {
  /** By which the harness names the call again at its end; null: by nothing, and the two are matched by what is called. */
  readonly id: string | null;
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** The same in the words of `judgedActions`. None: it could not be read, and is refused. */
  readonly calls: readonly ToolCall[];
  readonly cwd: string;
  /** Which sub-agent makes it; null: the main conversation. */
  readonly helper: Helper | null;
  /** It goes on after the harness has said that it ended. */
  readonly isBackground: boolean;
  /** What its model asks the person by this call: the answers go back with the `allow`, in whatever way the harness takes them. */
  readonly questions?: readonly NativeQuestion[];
};

/** It would ask a person by a prompt of its own, and takes an answer from elsewhere. */
export type Prompt = {
  readonly kind: 'permission';
  /** In a few words. */
  readonly what: string;
  /** By which it names the prompt when it was answered; null: by nothing. */
  readonly prompt: string | null;
  /** Whether the prompt is shown meanwhile, and whoever answers first counts; else it is shown where nobody answered here. */
  readonly isShown: boolean;
  /** Which call it is about: by its id, or by what it does; null: that is not said. */
  readonly about: { readonly id: string } | { readonly calls: readonly ToolCall[]; readonly cwd: string } | null;
};

/** What a harness tells, in one form. */
export type HarnessEvent = Said &
  /** It waits for an answer before it does this. */
  (
    | (Called & { readonly kind: 'call' })
    /** It did this, and asked nobody. */
    | (Called & { readonly kind: 'call_seen' })
    | {
        readonly kind: 'call_ended';
        readonly id: string | null;
        readonly tool: string;
        readonly input: Readonly<Record<string, unknown>>;
        readonly outcome: CallOutcome;
        /** What the harness says came of it, in its own form; undefined where it says nothing. */
        readonly result?: unknown;
      }
    | Prompt
    /** A prompt of its own was answered where it was shown. */
    | { readonly kind: 'answered'; readonly prompt: string }
    /** A turn begins: a person typed, a helper was given its task, or something woke the harness. It waits for an answer. */
    | { readonly kind: 'prompt'; readonly helper: Helper | null; readonly isWakeUp: boolean }
    | { readonly kind: 'helper_over'; readonly helper: string }
    | { readonly kind: 'turn_over' }
    /** Nothing waits for an answer. */
    | { readonly kind: 'told'; readonly what: Told }
  );

export type Told = 'question' | 'spawn' | 'compaction' | 'session_start' | 'session_end' | 'other';

export type HookAnswer =
  | { readonly kind: 'no_objection' }
  /** `answers`: to the questions of the call, by their text. */
  | {
      readonly kind: 'allow';
      readonly answers?: Readonly<Record<string, string>>;
      readonly input?: Readonly<Record<string, unknown>>;
    }
  /** `tell`: a line for the person at the terminal, where there is something for them to do. */
  | { readonly kind: 'refuse'; readonly why: string; readonly tell?: string };

export type ToldOf = 'question' | 'permission' | 'spawn' | 'stop' | 'compaction' | 'wake_up';

/** By which native event something is told of, or why it is not. */
export type TellsOf = { readonly by: string } | { readonly not: string };

/** What the harness does that a class of action cannot be held to. */
export type Escape = { readonly actionClass: ActionClass | 'every class'; readonly what: string };

/** A recorded hook and what it is: the evidence that `read` understands its harness. */
export type Sample = {
  readonly name: string;
  readonly body: unknown;
  readonly is: HarnessEvent['kind'];
  /** Of a call: every action it asks for, with the project `app` at `/repo`. */
  readonly does?: readonly { readonly action: string; readonly resource: string }[];
  readonly byHelper?: boolean;
};

/** How the real program is started on a scripted model, in an empty home: one prompt to its end, without a question. */
export type Canary = {
  prepare(place: { readonly modelUrl: string; readonly home: string; readonly cwd: string }): {
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    /** Relative to the home. */
    readonly files: readonly { readonly path: string; readonly text: string }[];
  };
  /** How its model calls the tool that runs a shell command. */
  run(command: string): { readonly name: string; readonly input: Readonly<Record<string, unknown>> };
  /** How its model starts a sub-agent with this task; null: it has none. */
  readonly spawn:
    ((task: string) => { readonly name: string; readonly input: Readonly<Record<string, unknown>> }) | null;
};

export type Reaches = {
  /** Of its provider: the model, and where a person signs in. */
  readonly hosts: readonly string[];
  /** The variable by which a person gives it a model elsewhere; null where there is none. */
  readonly baseUrl: string | null;
  /** Ports of this machine where it waits for a browser that signed in (RFC 8252 §7.3). */
  readonly callbacks: readonly number[];
};

/** How a harness starts an MCP server. */
export type McpCommand = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

export type HarnessAdapter = {
  readonly contract: typeof adapterContract;
  /** As in `writ NAME`: lowercase. */
  readonly name: string;
  readonly title: string;
  readonly program: {
    readonly command: string;
    /** Prints the version somewhere in its output. */
    readonly versionArgs: readonly string[];
    /** How it is installed, as a command. */
    readonly install: string;
    /** What else has to be on the PATH, and for what. */
    readonly needs: readonly { readonly command: string; readonly why: string }[];
  };
  /** Of a home, relative. */
  readonly keeps: {
    /** Folders it has to write, made where they are not there; `also`: the rest of them, where they are. */
    readonly made: readonly string[];
    readonly also: readonly string[];
    /** What of that governs it, which it may not write. */
    readonly rules: readonly string[];
    /** Of a repository, relative to its top: what changes what it does next, once an agent has written it. Settings, hooks and plugins, not what it is told in prose. */
    readonly repositoryRules: readonly string[];
    /** Files that it would make there at its first start: they are made for it, because it may not. */
    readonly seeds: readonly { readonly path: string; readonly text: string }[];
    /** Files that it may not write where its person has them (`of`), and keeps at `path` instead: made at each start of both. `of` stays as it is. */
    readonly copies?: readonly {
      readonly path: string;
      readonly of: string;
      /** The text of both, empty where there is none. What `kept` says was written in a session, where an agent can write, too. */
      readonly together: (theirs: string, kept: string) => string;
    }[];
  };
  /** What it reaches by itself, whatever it works on. */
  readonly reaches: Reaches;
  /** Arguments, before the person's own, by which it is told of MCP servers; none where it cannot be. */
  mcpArgs(servers: readonly McpCommand[]): readonly string[];
  /** `start`, as it was made ready, with what tells it of MCP servers where its settings name them; absent where arguments do, or nothing does. */
  mcpSettings?(servers: readonly McpCommand[], start: ToldStart): ToldStart;
  /** The first argument that goes around the hooks. */
  bypass(argv: readonly string[], place: { readonly contained: boolean }): Bypass | undefined;
  /** Arguments that `bypass` refuses, one line each: for people, and for the kit. */
  readonly bypasses: readonly (readonly string[])[];
  start(place: StartPlace): Started | Promise<Started>;
  /** The native event by which a call is asked about: what cannot be read is answered as one. */
  readonly asks: string;
  /** What a hook sent. Null: nothing that can be understood, which is refused. */
  read(body: unknown): HarnessEvent | null;
  /** The body of the answer. A refusal has to be one that stops the call, whatever else the harness would do. */
  reply(native: string, answer: HookAnswer): Readonly<Record<string, unknown>>;
  /** Whether a sub-agent's calls can be told from the main conversation's. Where they are alike, none may be started. */
  readonly helpers: 'told_apart' | 'alike' | 'none';
  /** `question`: what its model asks, and `permission`: a prompt of its own, where both are answered from elsewhere too. */
  readonly tells: Readonly<Record<ToldOf, TellsOf>>;
  /** How it takes what its model is told at the start; see `StartPlace.context`. */
  readonly takesContext: TellsOf;
  /** How it shows the line that Writ keeps in the file `statusFile` of the session's folder, which its `start` has to put there; without starting anything of Writ for it. Left out: it does not. */
  readonly showsStatus?: TellsOf;
  readonly escapes: readonly Escape[];
  readonly samples: readonly Sample[];
  /** Null: the real program cannot be walked through here, and the adapter stays *unproven*. */
  readonly canary: Canary | null;
};
