/** The part of CBOR (RFC 8949) that codes are made of, in its one deterministic spelling (section 4.2.1). */
import { concatenated, fromUtf8, utf8 } from "./encoding.js";
import { InvalidDocument } from "./errors.js";

const MAX_NESTING = 8;

/** A tagged value. */
export class Tag {
  constructor(number, value) {
    this.number = number;
    this.value = value;
  }
}

/** Encode integers, texts, bytes, booleans, arrays, maps (a `Map`, in its order) and tags. */
export function encodeCbor(value) {
  if (typeof value === "boolean") return Uint8Array.of(value ? 0xf5 : 0xf4);
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === "string") return concatenated(head(3, utf8(value).length), utf8(value));
  if (value instanceof Uint8Array) return concatenated(head(2, value.length), value);
  if (value instanceof Tag) return concatenated(head(6, value.number), encodeCbor(value.value));
  if (Array.isArray(value)) return concatenated(head(4, value.length), ...value.map(encodeCbor));
  return concatenated(head(5, value.size), ...[...value].flat().map(encodeCbor));
}

/** Decode one value that fills its bytes; whoever calls encodes it again and compares. */
export function decodeCbor(bytes) {
  const reader = { bytes, at: 0 };
  const value = next(reader, 0);
  if (reader.at !== bytes.length) throw new InvalidDocument("expected one CBOR value and nothing behind it");
  return value;
}

function next(reader, depth) {
  if (depth > MAX_NESTING) throw new InvalidDocument("expected CBOR of few levels");
  const [first] = piece(reader, 1);
  if (first === 0xf4 || first === 0xf5) return first === 0xf5;
  const [kind, count] = [first >> 5, argument(reader, first & 31)];
  const inner = () => next(reader, depth + 1);
  switch (kind) {
    case 0:
      return count;
    case 1:
      return -1 - count;
    case 2:
      return piece(reader, count);
    case 3:
      return fromUtf8(piece(reader, count));
    case 4:
      return several(reader, count, inner);
    case 5:
      return new Map(several(reader, count, () => [inner(), inner()]));
    case 6:
      return new Tag(count, inner());
    default:
      throw new InvalidDocument("expected CBOR of integers, texts, bytes, booleans, arrays and maps");
  }
}

function argument(reader, short) {
  if (short < 24) return short;
  if (short > 27) throw new InvalidDocument("expected CBOR of definite length");
  const number = piece(reader, 1 << (short - 24)).reduce((value, byte) => value * 256 + byte, 0);
  if (!Number.isSafeInteger(number)) throw new InvalidDocument("expected smaller numbers in CBOR");
  return number;
}

function several(reader, count, read) {
  if (count > reader.bytes.length) throw new InvalidDocument("expected CBOR that is not cut off");
  return Array.from({ length: count }, read);
}

function piece(reader, length) {
  if (reader.at + length > reader.bytes.length) throw new InvalidDocument("expected CBOR that is not cut off");
  reader.at += length;
  return reader.bytes.slice(reader.at - length, reader.at);
}

function head(kind, count) {
  if (count < 24) return Uint8Array.of((kind << 5) | count);
  const size = [1, 2, 4, 8].find((bytes) => count < 256 ** bytes);
  const first = (kind << 5) | (24 + Math.log2(size));
  return Uint8Array.from([first, ...Array.from({ length: size }, (_, at) => Math.floor(count / 256 ** (size - 1 - at)) % 256)]);
}
