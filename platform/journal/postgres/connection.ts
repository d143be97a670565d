/**
 * One connection to the server that takes writes, opened when it is needed and opened again after it was lost. It refuses a server that would acknowledge a commit before
 * it is on stable storage. It never repeats a statement by itself: who calls knows what may be repeated.
 */
import pg from 'pg';
import { JournalError } from '../errors.ts';
import * as sql from './sql.ts';

/** The connection was lost, or none could be had; the statement that ran may or may not have taken effect. */
export class ConnectionLost extends Error {
  override readonly name: string = 'ConnectionLost';
}

// int8 reads as a number: positions stay far below 2^53.
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

export type ConnectionOptions = { readonly servers: readonly string[]; readonly schema: string };

export class Connection implements AsyncDisposable {
  readonly #options: ConnectionOptions;
  #client: Promise<pg.Client> | undefined;
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Runs `work` on the connection. A loss is thrown as `ConnectionLost`; what the server itself answered is thrown as it came. */
  async use<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new JournalError('closed', 'the journal is closed; open it again');
    const opening = (this.#client ??= this.#open());
    try {
      return await work(await opening);
    } catch (error) {
      if (!isLoss(error)) throw error;
      this.#drop(opening);
      throw error instanceof ConnectionLost ? error : new ConnectionLost(messageOf(error), { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const opening = this.#client;
    this.#client = undefined;
    await opening?.then((client) => client.end()).catch(() => undefined); // It was lost already.
  }

  #drop(opening: Promise<pg.Client>): void {
    if (this.#client === opening) this.#client = undefined;
    void opening.then((client) => client.end()).catch(() => undefined); // As above.
  }

  async #open(): Promise<pg.Client> {
    const reasons: string[] = [];
    for (const server of this.#options.servers) {
      try {
        const client = await openPrimary(server, this.#options.schema);
        const opening = this.#client;
        client.on('error', () => opening && this.#drop(opening));
        return client;
      } catch (error) {
        if (error instanceof JournalError) throw error;
        reasons.push(messageOf(error));
      }
    }
    throw new ConnectionLost(reasons.join('; '));
  }
}

async function openPrimary(server: string, schema: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: server,
    application_name: `writ ${schema}`,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5000,
    types,
    pipeline: true,
  });
  // Until its owner listens: a client without a listener would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(`SET search_path = ${client.escapeIdentifier(schema)}, pg_temp`);
    await client.query(sql.boundTransactions);
    const settings = (await client.query<Record<string, unknown>>(sql.readSettings)).rows[0] ?? {};
    if (settings['is_replica'] === true) throw new ConnectionLost('the server is a replica and takes no writes');
    refuseUnsafe(settings);
    if (settings['synchronous_commit'] !== 'remote_apply') await client.query(sql.waitForSync);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined); // The first error is the one that says what happened.
    throw error;
  }
}

function refuseUnsafe(settings: Record<string, unknown>): void {
  for (const name of ['fsync', 'full_page_writes']) {
    if (settings[name] === 'on') continue;
    throw new JournalError(
      'format',
      `the server runs with \`${name} = off\`, so what it acknowledges can be lost; turn it on before a journal lives there`,
    );
  }
}

// SQLSTATE classes: 08 connection, 57P the server ends sessions or is starting; 25006 and 25P03: it takes no writes (any more), it ended an idle transaction.
const lossCode = /^(?:08...|57P0[1-4]|25006|25P03)$/;

/** True when an error says that the connection, or the server behind it, is gone. */
export function isLoss(error: unknown): boolean {
  if (error instanceof ConnectionLost) return true;
  if (error instanceof JournalError || !(error instanceof Error)) return false;
  if (error instanceof pg.DatabaseError) return lossCode.test(error.code ?? '');
  // What Node says of sockets, and what the driver says of a connection that ended under a query.
  const code = 'code' in error ? String(error.code) : '';
  return /^E[A-Z]+$/.test(code) || /connection|terminated|timeout|not queryable/i.test(error.message);
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
