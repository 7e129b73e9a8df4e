/**
 * Verify a bundle: signatures, attestation, log, rows, the score recomputed, status.
 * The steps of docs/verify-a-label.md, with the names and outcomes of verify/bundle.py.
 */
import { assess } from "./assessment.js";
import { checkAccredited, checkIndependent, listedAs } from "./attested.js";
import { readAttestation } from "./attestation.js";
import { decode, encode } from "./canonical.js";
import { checkInScope, labelContent } from "./content.js";
import { readLabel } from "./credential.js";
import { firstDifference } from "./difference.js";
import { fromJson } from "./document.js";
import { utf8 } from "./encoding.js";
import { NotCanonical, PartFault, VerificationError } from "./errors.js";
import { rawKey } from "./keys.js";
import { fetchOthers } from "./late.js";
import { checkLogged } from "./logged.js";
import { parseProof } from "./proof.js";
import { reported, run } from "./report.js";
import { proveRows } from "./rows.js";
import { checkStatuses } from "./status.js";
import { Trust, namesIssuer } from "./trust.js";
import { admittedBy, auditorOf, checkIssuerCounts, checkKeyCounts, findKey, issuerOf } from "./trust_list.js";
import { weekOf } from "./week.js";
import { checkWitnessed } from "./witnessed.js";

/**
 * Check every step of a bundle and report all of them.
 *
 * `data` are its bytes, `roots` pinned roots as `readRoot` gives them, `at` a timestamp; `newer` may hold a newer
 * `trustLists` beside the one in the bundle, and newer `status` lists than its own.
 */
export async function inspectBundle(data, roots, at, newer = {}) {
  const checks = new BundleChecks(data, roots, at, newer);
  let steps = await run(checks.steps());
  if (checks.hasParts) steps = await run({ parts: () => checks.parts() }, steps);
  return { ...reported(steps, checks.facts), content: checks.content, root: checks.trust?.opened?.rootThumbprint };
}

/** Compute the assessment of a bundle again from its inventory and proven rows. */
export async function recompute(data) {
  const bundle = readBundle(data);
  const inventory = inventoryOf(bundle);
  return recomputed(bundle, inventory, await provenRows(bundle, inventory));
}

/** Holds what earlier steps opened for the later ones; each method is one step and says what it found. */
class BundleChecks {
  /** `above` are the labels a part is built into, `countsAt` is when it must have counted. */
  constructor(data, roots, at, newer, above = [], countsAt = at) {
    this.data = data;
    this.roots = roots;
    this.at = at;
    this.newer = newer;
    this.above = above;
    this.countsAt = countsAt;
    this.facts = {};
  }

  /** Give the twelve steps of every bundle. */
  steps() {
    return {
      bundle: () => this.read(),
      "trust list": () => this.trust.check(),
      "label signature": () => this.labelSignature(),
      "attestation signature": () => this.attestationSignature(),
      "three parties": () => this.parties(),
      scope: () => this.scope(),
      documents: () => this.documents(),
      log: () => this.log(),
      witnessed: () => this.witnessed(),
      "factor rows": () => this.rows(),
      recomputation: () => this.recomputation(),
      status: () => this.status(),
    };
  }

  async read() {
    this.bundle = readBundle(this.data);
    if (this.bundle.inventory.parts) await fetchOthers();
    [this.labelToken, this.content] = readLabel(this.bundle.label);
    [this.attestationToken, this.attestation] = readAttestation(this.bundle.attestation);
    this.proof = parseProof(this.bundle.log_proof);
    this.inventory = inventoryOf(this.bundle);
    const lists = [...(this.newer.trustLists ?? []), this.bundle.trust_list];
    this.trust = new Trust(lists, this.roots, this.at, namesIssuer(this.content.issuer.id));
    this.facts = factsOf(this.content);
    this.hasParts = Boolean(this.inventory.parts || this.bundle.parts.length);
    if (this.above.includes(this.key())) throw new PartFault("part_cycle", `${this.content.name} is a part of itself`);
    return `label ${this.content.label_id}, ${this.bundle.rows.length} rows, ${this.data.length} bytes`;
  }

  issuer() {
    return issuerOf(this.trust.trustList, this.content.issuer.id);
  }

  async labelSignature() {
    const issuer = this.issuer();
    const key = findKey(issuer.keys, this.labelToken.kid, "label");
    if (!(await this.labelToken.isSignedBy(rawKey(key.jwk)))) {
      throw new VerificationError("the signature of the label does not hold under the issuer's listed key");
    }
    checkIssuerCounts(issuer, this.content.valid_from, this.proof.index);
    checkKeyCounts(key, this.content.valid_from, this.proof.index);
    if (this.content.origin !== issuer.origin) {
      throw new VerificationError(`the label names ${this.content.origin}, its issuer works at ${issuer.origin}`);
    }
    return `signed by ${issuer.name} (${this.labelToken.kid})`;
  }

  async attestationSignature() {
    const [auditor, key] = auditorOf(this.trust.trustList, this.attestationToken.kid, this.issuer());
    if (!(await this.attestationToken.isSignedBy(rawKey(key.jwk)))) {
      throw new VerificationError("the signature of the attestation does not hold under the auditor's listed key");
    }
    if (this.attestation.auditor.name !== auditor.name) {
      throw new VerificationError(`the attestation names ${this.attestation.auditor.name}, the list ${auditor.name}`);
    }
    checkKeyCounts(key, this.attestation.valid_from, this.proof.index);
    const accreditation = checkAccredited(auditor, this.content.valid_from);
    return `attested by ${auditor.name}, ${accreditation.standard} ${accreditation.number}`;
  }

  /** Auditor, issuer, producer and partners are different parties, and each partner signed its own steps. */
  async parties() {
    const issuer = this.issuer();
    const [auditor] = auditorOf(this.trust.trustList, this.attestationToken.kid, this.issuer());
    checkIndependent(auditor, issuer, this.inventory);
    const keys = [...issuer.keys, ...auditor.keys].map((key) => key.jwk.x);
    const signed = await this.contributed(keys);
    const own = signed.map((said) => `; ${said.party.name} signed its own steps`).join("");
    return `producer, auditor and scheme owner are three parties${own}`;
  }

  /** Give what each partner signed; nothing where the producer worked alone. */
  async contributed(otherKeys) {
    const { partners, contributions } = this.inventory;
    if (!partners.length && !contributions?.length) return [];
    const { checkContributed } = await fetchOthers();
    return checkContributed(this.inventory, this.content.origin, otherKeys);
  }

  /** A label under the attestation of a workshop lies inside it: site, machines, dates, floors, n of N. */
  async scope() {
    const { subject } = this.attestation;
    if (subject.type === "DeclarationAttestation") return "attested by itself, outside of scopes";
    const digest = await this.attestationToken.digest();
    await checkInScope(this.content, this.inventory, this.assessment(), this.attestation, digest);
    const variant = subject.frame ? `, a variant of ${subject.frame.name}` : "";
    return `number ${this.content.scope.position} of ${this.content.scope.of} attested at ${subject.site_name}${variant}`;
  }

  /** The label says exactly what inventory, assessment and attestation say. */
  async documents() {
    const [auditor] = auditorOf(this.trust.trustList, this.attestationToken.kid, this.issuer());
    const digest = await this.attestationToken.digest();
    const expected = await labelContent(
      this.content,
      this.inventory,
      this.assessment(),
      this.attestation,
      digest,
      listedAs(auditor, this.content.auditor.accreditation),
    );
    const difference = firstDifference(expected, this.content);
    if (difference) throw new VerificationError(`the label differs from the documents it rests on at ${difference}`);
    return `inventory ${expected.inventory_digest.slice(0, 12)}…, assessment ${expected.assessment_digest.slice(0, 12)}…`;
  }

  assessment() {
    return fromJson("Assessment", "assessment", this.bundle.assessment);
  }

  /** The label is in the log its issuer names, under a checkpoint signed by that log. */
  async log() {
    const entry = utf8(encode(labelLeaf(this.content, await this.labelToken.digest())));
    return checkLogged(this.proof, entry, this.issuer(), this.trust.trustList);
  }

  /** As many witnesses as the list asks for have seen the checkpoint, so that nobody is shown another log. */
  witnessed() {
    return checkWitnessed(this.proof.checkpoint.note, this.trust.trustList, this.at);
  }

  /** Every factor row is proven in a release the trust list names. */
  async rows() {
    const { release, rows } = this.bundle;
    const { releases } = admittedBy(this.trust.trustList, this.issuer());
    const isListed = releases.some((item) => encode(item) === encode(release));
    if (!isListed) throw new VerificationError(`the release ${release.name} ${release.release} is not on the trust list`);
    await this.provenRows();
    return `${rows.length} rows of ${release.name} ${release.release}`;
  }

  /** The proofs are checked once, for whichever step asks first. */
  provenRows() {
    this.proven ??= provenRows(this.bundle, this.inventory);
    return this.proven;
  }

  async recomputation() {
    const assessment = await recomputed(this.bundle, this.inventory, await this.provenRows());
    return `score ${assessment.score} and every figure to the digit`;
  }

  status() {
    const tokens = [...(this.newer.status ?? []), ...this.bundle.status];
    return checkStatuses(this.content, this.trust.trustList, tokens, this.at, this.countsAt);
  }

  key() {
    return encode([this.content.issuer.id, this.content.label_id]);
  }

  /** What stands behind every part holds, and counted when the product was labelled. */
  async parts() {
    const { checkParts } = await fetchOthers();
    return checkParts(this);
  }
}

function factsOf(content) {
  const { median, p05, p95 } = content.kgco2e;
  return {
    label: content.label_id,
    product: content.name,
    maker: content.producer.name,
    grade: content.grade,
    score: String(content.score),
    "kg CO2e per item": `${median} (${p05} to ${p95})`,
    issuer: content.issuer.name,
    address: `${content.origin}/L/${content.label_id}`,
    auditor: content.auditor.name,
    "valid until": content.valid_until,
  };
}

/** Give the log entry that a label must have. */
function labelLeaf(content, digest) {
  return {
    type: "label",
    version: "1",
    digest,
    label_id: content.label_id,
    attestation_digest: content.attestation_digest,
    inventory_digest: content.inventory_digest,
    assessment_digest: content.assessment_digest,
    quantity: content.quantity,
    scope_digest: content.scope?.digest,
    scope_position: content.scope?.position,
    week: content.scope && weekOf(content.valid_from),
  };
}

function readBundle(data) {
  const parsed = decode(data);
  const bundle = fromJson("Bundle", "bundle", parsed);
  if (encode(Object.keys(bundle).sort()) !== encode(Object.keys(parsed).sort())) {
    throw new NotCanonical("expected the members of a bundle that have a default to be written out");
  }
  return bundle;
}

function inventoryOf(bundle) {
  const inventory = fromJson("Inventory", "inventory", bundle.inventory);
  if (encode(inventory) !== encode(bundle.inventory)) {
    throw new NotCanonical("expected the members of an inventory that have a default to be written out");
  }
  return inventory;
}

async function provenRows(bundle, inventory) {
  if (bundle.release.digest !== inventory.release_digest) {
    throw new VerificationError(
      `expected rows of the inventory's release ${inventory.release_digest}, found ${bundle.release.digest}`,
    );
  }
  return proveRows(bundle.release.digest, bundle.release.size, bundle.rows);
}

async function recomputed(bundle, inventory, rows) {
  const computed = await assess(inventory, rows);
  const difference = firstDifference(computed, bundle.assessment);
  if (difference) throw new VerificationError(`the recomputed assessment differs at ${difference}`);
  return computed;
}
