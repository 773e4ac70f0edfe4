// Texts of one chunk on their way into a VARCHAR vector, in the form DuckDB keeps them (duckdb_string_t of its C header:
// length, then up to 12 bytes in place, or 4 bytes and a pointer). One call for a chunk instead of one for each text.
import duckdb from '@duckdb/node-bindings';

const cellBytes = 16;
const inPlaceMax = 12;
const heapBytesAtFirst = 64 * 1024;
const asciiMax = 127;

/** One column of a chunk. */
export class TextColumn {
  readonly #cells: Uint8Array;
  readonly #words: Uint32Array;
  readonly #known = new Map<string, number>();
  #heap = Buffer.allocUnsafe(heapBytesAtFirst);
  #heapUsed = 0;
  #lastText: string | undefined;
  #lastRow = 0;

  constructor(rowsMax: number) {
    this.#cells = new Uint8Array(rowsMax * cellBytes);
    this.#words = new Uint32Array(this.#cells.buffer);
  }

  set(row: number, text: string): void {
    if (text === this.#lastText) return this.copy(row, this.#lastRow);
    const known = this.#known.get(text);
    this.#lastText = text;
    this.#lastRow = known ?? row;
    if (known !== undefined) return this.copy(row, known);
    this.#known.set(text, row);
    const { length } = text;
    const from = row * cellBytes + 4;
    this.#clear(row);
    for (let index = 0; length <= inPlaceMax && index < length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > asciiMax) return this.#setEncoded(row, Buffer.from(text));
      this.#cells[from + index] = code;
    }
    if (length > inPlaceMax) return this.#setEncoded(row, Buffer.from(text));
    this.#words[row * 4] = length;
  }

  /** Plain characters only. */
  setBytes(row: number, bytes: Uint8Array, from: number, to: number): void {
    const length = to - from;
    if (length > inPlaceMax) return this.#setEncoded(row, bytes.subarray(from, to));
    this.#clear(row);
    const start = row * cellBytes + 4;
    for (let index = 0; index < length; index += 1) this.#cells[start + index] = bytes[from + index]!;
    this.#words[row * 4] = length;
  }

  /** The text of another row of this chunk. */
  copy(row: number, from: number): void {
    for (let word = 0; word < 4; word += 1) this.#words[row * 4 + word] = this.#words[from * 4 + word]!;
  }

  /** No text, for a row that is NULL. */
  setEmpty(row: number): void {
    this.#clear(row);
  }

  /** Writes the vector's rows, and begins anew. */
  flush(vector: duckdb.Vector, rows: number): void {
    if (this.#heapUsed > 0) this.#pointInto(vector, rows);
    duckdb.copy_data_to_vector(vector, 0, this.#cells.buffer as ArrayBuffer, 0, rows * cellBytes);
    this.#heapUsed = 0;
    this.#known.clear();
    this.#lastText = undefined;
  }

  /** All long texts go into the vector as one, and cells point into it: the vector owns them then. */
  #pointInto(vector: duckdb.Vector, rows: number): void {
    duckdb.vector_assign_string_element_len(vector, 0, this.#heap.subarray(0, this.#heapUsed));
    const cell = duckdb.vector_get_data(vector, cellBytes);
    const pointer = new DataView(cell.buffer, cell.byteOffset, cellBytes);
    const base = pointer.getUint32(8, true) + pointer.getUint32(12, true) * 2 ** 32;
    for (let row = 0; row < rows; row += 1) {
      if (this.#words[row * 4]! <= inPlaceMax) continue;
      const place = base + this.#words[row * 4 + 2]!;
      this.#words[row * 4 + 2] = place % 2 ** 32;
      this.#words[row * 4 + 3] = Math.floor(place / 2 ** 32);
    }
  }

  /** Valid UTF-8. */
  #setEncoded(row: number, bytes: Uint8Array): void {
    this.#clear(row);
    this.#words[row * 4] = bytes.length;
    this.#cells.set(bytes.subarray(0, bytes.length <= inPlaceMax ? bytes.length : 4), row * cellBytes + 4);
    if (bytes.length <= inPlaceMax) return;
    if (this.#heapUsed + bytes.length > this.#heap.length) {
      const larger = Buffer.allocUnsafe(2 * (this.#heapUsed + bytes.length));
      larger.set(this.#heap.subarray(0, this.#heapUsed));
      this.#heap = larger;
    }
    this.#heap.set(bytes, this.#heapUsed);
    // Until the chunk is written: where it lies in the heap.
    this.#words[row * 4 + 2] = this.#heapUsed;
    this.#heapUsed += bytes.length;
  }

  #clear(row: number): void {
    this.#words.fill(0, row * 4, row * 4 + 4);
  }
}
