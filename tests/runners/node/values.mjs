// Values in the form of the answers, and the checksum over a first column.

const bits = new DataView(new ArrayBuffer(8));

/** A value of a column of this type as the answers write it. */
export function plain(value, type) {
  if (value === null || typeof value === 'boolean') return value;
  if (type === 'FLOAT' || type === 'DOUBLE') return bitsOf(value).toString(16).padStart(16, '0');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return String(value);
}

/** Reads every value of every row through the row API. */
export async function checksumOfRows(result) {
  const type = result.columns[0].type;
  let rows = 0;
  let sum = 0n;
  for await (const row of result.arrays()) {
    rows++;
    if (row[0] !== null) sum ^= asBits(row[0], type);
  }
  return summary(rows, sum);
}

/** Reads the typed array of the first column of every batch. */
export async function checksumOfColumns(result) {
  let rows = 0;
  let sum = 0n;
  for await (const batch of result.batches()) {
    rows += batch.rows;
    sum ^= checksumOfColumn(batch.columns[0]);
  }
  return summary(rows, sum);
}

function checksumOfColumn({ values, nulls, type }) {
  if (values === undefined) return 0n;
  if (nulls === null && values.BYTES_PER_ELEMENT === 8) return ofWords(values);
  let sum = 0n;
  for (let row = 0; row < values.length; row++) {
    if (nulls === null || nulls[row] === 0) sum ^= asBits(values[row], type);
  }
  return sum;
}

// XOR of halves needs no BigInt for each value.
function ofWords({ buffer, byteOffset, length }) {
  const halves = new Uint32Array(buffer, byteOffset, 2 * length);
  let low = 0;
  let high = 0;
  for (let i = 0; i < halves.length; i += 2) {
    low ^= halves[i];
    high ^= halves[i + 1];
  }
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

function asBits(value, type) {
  if (type === 'FLOAT' || type === 'DOUBLE') return bitsOf(value);
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint' ? BigInt(value) : 0n;
}

function bitsOf(double) {
  bits.setFloat64(0, double);
  return bits.getBigUint64(0);
}

function summary(rows, sum) {
  return { rows, checksum: BigInt.asUintN(64, sum).toString(16).padStart(16, '0') };
}
