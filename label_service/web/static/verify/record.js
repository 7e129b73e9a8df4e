/** A supplier's signed record of what one unit of a part weighs. Mirrors label/record.py and part of verify/parts.py. */
import { encode } from "./canonical.js";
import { RULES, fromJson } from "./document.js";
import { fromUtf8 } from "./encoding.js";
import { NotCanonical, PartFault } from "./errors.js";
import { parseToken } from "./jws.js";
import { rawKey } from "./keys.js";
import { numberOf } from "./lookup.js";
import {} from "./more-shapes.js";
import { checkKeyCounts, supplierOf } from "./trust_list.js";

const RECORD_TYP = "supplier-record+jwt";
const RECORD_METHOD = "1";
const BOUNDARY = "cradle_to_gate";
const MIN_GSD = 1.05;

RULES["SupplierRecord._in_order"] = (record) => record.valid_from < record.valid_until;
RULES["SupplierRecord._uncertain"] = (record) =>
  numberOf(record.gsd) >= MIN_GSD && (record.unit !== "kg" || record.mass_kg === "1");

/** Read a token strictly; its signature is not verified yet. Gives token and record. */
export function readRecord(text) {
  const token = parseToken(text, RECORD_TYP);
  const record = fromJson("SupplierRecord", "supplier-record", token.claims());
  if (encode(record) !== fromUtf8(token.payload)) {
    throw new NotCanonical("expected exactly the members of a supplier record, version 1");
  }
  return [token, record];
}

/** Check that a record of a listed supplier counts at a time, under this method and up to the gate. */
export async function checkRecord(token, record, trustList, countsAt, demo) {
  const [supplier, key] = supplierOf(trustList, token.kid);
  if (supplier.id !== record.supplier.id || !(await token.isSignedBy(rawKey(key.jwk)))) {
    throw new PartFault("part_forged", `the record of ${record.name} is not signed by ${record.supplier.id}`);
  }
  checkKeyCounts(key, countsAt, undefined);
  if (supplier.withdrawn.includes(await token.digest())) {
    throw new PartFault("part_withdrawn", `${supplier.name} withdrew the record of ${record.name}`);
  }
  if (countsAt < record.valid_from || countsAt > record.valid_until) {
    const window = `from ${record.valid_from} to ${record.valid_until}`;
    throw new PartFault("part_expired", `the record of ${record.name} counts ${window}, not at ${countsAt}`);
  }
  if (record.method !== RECORD_METHOD) {
    throw new PartFault("part_method", `expected a record by method ${RECORD_METHOD}, found ${record.method}`);
  }
  if (record.boundary !== BOUNDARY) {
    throw new PartFault("part_boundary", `expected the boundary ${BOUNDARY}, found ${record.boundary}`);
  }
  checkDemo(record.name, record.demo, demo);
}

/** Check that a part is a DEMO where the product is one, and only there. */
export function checkDemo(name, found, expected) {
  if (found !== expected) {
    throw new PartFault("part_demo", `${name} is a DEMO where the product is none, or the other way round`);
  }
}

/** Give one unit of a record as a part of a product. */
export function partOfRecord(digest, record) {
  const load = { variable: `part:${digest}`, gsd: record.gsd };
  return {
    kind: "record",
    digest,
    name: record.name,
    maker: record.supplier.name,
    unit: record.unit,
    mass_kg: record.mass_kg,
    own: { gate: { kgco2e: record.kgco2e, loads: [load], default_share: "0", proxy_share: "0" } },
  };
}
