// Appends rows to a table, in chunks of DuckDB's own size. Part of the connection's transaction. Values lie in columns
// from the start: no object is made for a row.
import {
  DuckDBDataChunk,
  DuckDBTypeId,
  type DuckDBAppender,
  type DuckDBConnection,
  type DuckDBType,
} from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import type { EventTable } from './tables.ts';
import { TextColumn } from './text-column.ts';

const chunkRows = 2_048;

type Fixed = Float64Array | BigUint64Array | Uint32Array | Uint8Array;

/** Of what a column's values are made. Other types are not used in event tables. */
function storageOf({ typeId }: DuckDBType): TextColumn | Fixed {
  switch (typeId) {
    case DuckDBTypeId.VARCHAR:
      return new TextColumn(chunkRows);
    case DuckDBTypeId.DOUBLE:
      return new Float64Array(chunkRows);
    case DuckDBTypeId.UBIGINT:
      return new BigUint64Array(chunkRows);
    case DuckDBTypeId.UINTEGER:
      return new Uint32Array(chunkRows);
    case DuckDBTypeId.UTINYINT:
    case DuckDBTypeId.BOOLEAN:
      return new Uint8Array(chunkRows);
    default:
      throw new RangeError(`event tables have no columns of type ${DuckDBTypeId[typeId]}`);
  }
}

/** A value of a row; its kind is that of the column, a whole number of 64 bits is a number here. */
export type CellValue = string | number | boolean | null;

/** Fills one table, in one transaction after the other. After a failure make another one. */
export class TableAppender {
  /** Rows of this transaction, of all chunks. */
  rows = 0;
  readonly #connection: DuckDBConnection;
  readonly #table: EventTable;
  readonly #types: readonly DuckDBType[];
  readonly #columns: readonly (TextColumn | Fixed)[];
  /** A bit for each row that is not NULL, by column. */
  readonly #validity: readonly Uint8Array[];
  readonly #hasNulls: boolean[];
  #appender: DuckDBAppender | undefined;
  #chunk: DuckDBDataChunk | undefined;
  /** The row that is being filled. */
  #row = 0;

  constructor(connection: DuckDBConnection, table: EventTable) {
    this.#connection = connection;
    this.#table = table;
    this.#types = table.columns.map(({ type }) => type);
    this.#columns = this.#types.map(storageOf);
    this.#validity = this.#types.map(() => new Uint8Array(chunkRows / 8).fill(255));
    this.#hasNulls = this.#types.map(() => false);
  }

  /** Call before the rows of a transaction are set. */
  async open(): Promise<void> {
    this.rows = 0;
    this.#appender ??= await this.#connection.createAppender(this.#table.name);
  }

  /** Position of the row that is being filled in its chunk; 0 means that another chunk began. */
  get row(): number {
    return this.#row;
  }

  text(column: number): TextColumn {
    return this.#columns[column] as TextColumn;
  }

  setNumber(column: number, value: number): void {
    (this.#columns[column] as Float64Array)[this.#row] = value;
  }

  setBig(column: number, value: bigint): void {
    (this.#columns[column] as BigUint64Array)[this.#row] = value;
  }

  setNull(column: number): void {
    this.#validity[column]![this.#row >> 3]! &= ~(1 << (this.#row & 7));
    this.#hasNulls[column] = true;
    const values = this.#columns[column]!;
    if (values instanceof TextColumn) values.setEmpty(this.#row);
  }

  /** A whole row, in the order of the table's columns. */
  add(values: readonly CellValue[]): void {
    for (const [column, value] of values.entries()) {
      const own = this.#columns[column]!;
      if (value === null) this.setNull(column);
      else if (own instanceof TextColumn) own.set(this.#row, String(value));
      else if (own instanceof BigUint64Array) own[this.#row] = BigInt(value);
      else own[this.#row] = Number(value);
    }
    this.next();
  }

  /** The row is filled. */
  next(): void {
    this.#row += 1;
    this.rows += 1;
    if (this.#row === chunkRows) this.#write();
  }

  /** Hands everything over; the transaction's commit makes it lasting. */
  close(): void {
    if (this.#row > 0) this.#write();
    this.#appender?.closeSync();
    this.#appender = undefined;
  }

  #write(): void {
    const rows = this.#row;
    const chunk = (this.#chunk ??= DuckDBDataChunk.create([...this.#types]));
    chunk.rowCount = rows;
    for (const [index, values] of this.#columns.entries()) {
      const vector = duckdb.data_chunk_get_vector(chunk.chunk, index);
      if (values instanceof TextColumn) values.flush(vector, rows);
      else
        duckdb.copy_data_to_vector(
          vector,
          0,
          values.buffer as ArrayBuffer,
          0,
          rows * values.BYTES_PER_ELEMENT,
        );
      if (this.#hasNulls[index] === true) this.#writeValidity(vector, index);
    }
    // It copies.
    this.#appender!.appendDataChunk(chunk);
    chunk.reset();
    this.#row = 0;
  }

  #writeValidity(vector: duckdb.Vector, column: number): void {
    const bits = this.#validity[column]!;
    duckdb.vector_ensure_validity_writable(vector);
    duckdb.copy_data_to_vector_validity(vector, 0, bits.buffer as ArrayBuffer, 0, bits.length);
    bits.fill(255);
    this.#hasNulls[column] = false;
  }
}
