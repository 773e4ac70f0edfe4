// The documents that say what to compute (experiments, metrics, ...), by environment. The core tells them, whole, whenever
// they change; kept in the database, so that a restart goes on with what was told last.
import { z } from 'zod';
import { inTransaction, type Database } from '../store/database.ts';

/** One document as the core holds it. */
export interface Definition {
  readonly kind: string;
  readonly key: string;
  readonly revision: number;
  /** Has passed the core's checks of its kind. */
  readonly document: unknown;
}

/** What the core tells: everything of the kinds it tells about. */
const told = z.object({
  environmentId: z.string().min(1),
  revision: z.number().int().min(0),
  documents: z.array(
    z.object({ kind: z.string(), key: z.string(), revision: z.number(), document: z.unknown() }),
  ),
});
export type ToldDefinitions = z.infer<typeof told>;

export interface Definitions {
  environments(): readonly string[];
  /** Undefined for a document that is not there. */
  get(environmentId: string, kind: string, key: string): Definition | undefined;
  ofKind(environmentId: string, kind: string): readonly Definition[];
  /** Replaces what is known of an environment. @throws for JSON of another shape. */
  put(json: string): Promise<void>;
}

/** Reads what was told last. */
export async function openDefinitions(database: Database): Promise<Definitions> {
  const held = new Map<string, ReadonlyMap<string, Definition>>();
  const hold = ({ environmentId, documents }: ToldDefinitions): void =>
    void held.set(
      environmentId,
      new Map(documents.map((entry) => [`${entry.kind}/${entry.key}`, entry as Definition])),
    );
  const connection = await database.connect();
  const rows = await connection.runAndReadAll('SELECT told FROM definitions');
  for (const [text] of rows.getRows()) hold(told.parse(JSON.parse(String(text))));
  return {
    environments: () => [...held.keys()],
    get: (environmentId, kind, key) => held.get(environmentId)?.get(`${kind}/${key}`),
    ofKind: (environmentId, kind) =>
      [...(held.get(environmentId)?.values() ?? [])].filter((entry) => entry.kind === kind),
    async put(json) {
      const next = told.parse(JSON.parse(json));
      await inTransaction(connection, () =>
        connection.run('INSERT OR REPLACE INTO definitions (environment_id, told) VALUES ($1, $2)', [
          next.environmentId,
          JSON.stringify(next),
        ]),
      );
      hold(next);
    },
  };
}
