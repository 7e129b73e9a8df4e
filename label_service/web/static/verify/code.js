/** Verify the text of a QR code without a network: the issuer's word alone. Mirrors verify/code.py. */
import { areEqual } from "./encoding.js";
import { Unsure, VerificationError } from "./errors.js";
import { rawKey, verifySignature } from "./keys.js";
import { keyHint, parseQr } from "./qr.js";
import { reported, run } from "./report.js";
import { Trust } from "./trust.js";
import { checkIssuerCounts, checkKeyCounts } from "./trust_list.js";

/** Check what a QR code alone can show; `trustLists` are texts of lists. */
export async function inspectCode(text, roots, at, trustLists = []) {
  const checks = new CodeChecks(text, trustLists, roots, at);
  const steps = await run({
    code: async () => checks.read(),
    "trust list": () => checks.trust.check(),
    "code signature": () => checks.signature(),
    dates: async () => checks.dates(),
    "attestation, log, status and score": async () => {
      throw new Unsure("a code carries the issuer's word alone; open its page or verify the bundle");
    },
  });
  const { code, issuer } = checks;
  return { ...reported(steps, checks.facts), code, issuer, root: checks.trust.opened?.rootThumbprint };
}

class CodeChecks {
  constructor(text, trustLists, roots, at) {
    this.text = text;
    this.trust = new Trust(trustLists, roots, at, (trustList) => this.signer(trustList));
    this.at = at;
    this.facts = {};
  }

  read() {
    this.code = parseQr(this.text);
    const { claims, labelId, link } = this.code;
    this.facts = {
      label: labelId,
      product: claims.name,
      maker: claims.maker,
      grade: claims.grade,
      score: String(claims.score),
      "g CO2e per item": `${claims.median_g} (${claims.low_g} to ${claims.high_g})`,
      "valid until": claims.valid_until,
    };
    return `label ${labelId} at ${link}`;
  }

  /** The listed label key whose hint fits has signed. */
  async signature() {
    const found = await this.signer(this.trust.trustList);
    if (!found) throw new VerificationError("no issuer on the trust list has the key this code was signed with");
    return this.signedBy(found.issuer, found.key);
  }

  /** Give the issuer on a list with a label key that the code hints at, if two fit the one at the code's address. */
  async signer(trustList) {
    let fitting;
    for (const issuer of trustList.issuers) {
      for (const key of issuer.keys.filter((item) => item.use === "label")) {
        const isFitting = areEqual(await keyHint(rawKey(key.jwk)), this.code.hint);
        if (isFitting && (!fitting || (this.isAt(issuer) && !this.isAt(fitting.issuer)))) fitting = { issuer, key };
      }
    }
    return fitting;
  }

  isAt(issuer) {
    return this.code.link.startsWith(`${issuer.origin.toUpperCase()}/`);
  }

  async signedBy(issuer, key) {
    const { link, claims, signed, signature } = this.code;
    if (!(await verifySignature(rawKey(key.jwk), signature, signed))) {
      throw new VerificationError("the signature of the code does not hold under the key it names");
    }
    if (!this.isAt(issuer)) {
      throw new VerificationError(`the code points to ${link}, its issuer works at ${issuer.origin}`);
    }
    this.issuer = issuer.id;
    checkIssuerCounts(issuer, claims.valid_from, undefined);
    if (key.state === "compromised") {
      throw new Unsure(`key ${key.kid} is compromised; only the log can tell whether this label is older`);
    }
    checkKeyCounts(key, claims.valid_from, undefined);
    return `signed by ${issuer.name} (${key.kid})`;
  }

  dates() {
    const { valid_from: first, valid_until: last } = this.code.claims;
    if (this.at < first || this.at > last) {
      throw new VerificationError(`the code counts from ${first} to ${last}, not at ${this.at}`);
    }
    return `valid until ${last}`;
  }
}
