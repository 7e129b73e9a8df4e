/**
 * What checks the documents of a label one by one: forms, signatures, dates, scope, log, witnesses, status.
 * `page.js` puts it together and computes the score again; a label page fetches that with the proofs.
 */
import {} from "./attestation.js";
import {} from "./attested.js";
import {} from "./content.js";
import {} from "./credential.js";
import {} from "./difference.js";
import {} from "./logged.js";
import {} from "./proof.js";
import {} from "./quantity.js";
import {} from "./rows.js";
import {} from "./status.js";
import {} from "./trust.js";
import {} from "./witnessed.js";
export { canVerify } from "./keys.js";
export { pinnedRoots, presentTime } from "./pinned.js";
