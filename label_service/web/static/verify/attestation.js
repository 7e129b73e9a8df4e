/** The auditor's signed credential, read strictly and built again. Mirrors label/attestation.py. */
import { encode } from "./canonical.js";
import { RULES, isObject, validate } from "./document.js";
import { fromUtf8 } from "./encoding.js";
import { InvalidDocument, NotCanonical, UnsupportedVersion } from "./errors.js";
import { parseToken } from "./jws.js";
import { scaled } from "./quantity.js";
import { isUnique } from "./scope.js";
import { CONTEXT_PATH, VC_CONTEXT, VC_CTY, VC_TYP, titled } from "./vocabulary.js";

const ATTESTATION_TYPE = ["VerifiableCredential", "AuditorAttestation"];
const ATTESTATION_NAMES = {
  DeclarationAttestation: "Attestation of a declaration",
  ScopeAttestation: "Attestation of a workshop scope",
};

/** Quantities of one item that follow from the inventory, and their units. */
export const PER_ITEM = { net_mass: "kg", gross_mass: "kg", energy: "kWh", machine_time: "h", function: undefined };

RULES["Parameter._is_chosen"] = (parameter) => !Object.hasOwn(PER_ITEM, parameter.name);

RULES["Attestation._in_order"] = (content) => content.valid_from < content.valid_until;
RULES["_Subject._criteria_of_category"] = (subject) => subject.category === undefined || subject.criteria.length > 0;
RULES["ScopeAttestation._limits_of_processes"] = (scope) => {
  const floors = scope.floors.map((limit) => limit.process);
  const ceilings = scope.ceilings.map((limit) => limit.process);
  const processes = new Set(scope.processes);
  return (
    floors.length === processes.size &&
    new Set(floors).size === processes.size &&
    new Set(ceilings).size === ceilings.length &&
    [...floors, ...ceilings].every((name) => processes.has(name))
  );
};
RULES["ScopeAttestation._functions_of_category"] = (scope) => (scope.category === undefined) === !scope.functions.length;
RULES["ScopeAttestation._lots_once"] = (scope) => new Set(scope.lots.map((lot) => lot.lot)).size === scope.lots.length;
RULES["Bound._in_order"] = ({ quantity, unit, low, high }) =>
  scaled(low) <= scaled(high) && (PER_ITEM[quantity] ?? unit) === unit;
RULES["Frame._bounds_once"] = (frame) => isUnique(frame.bounds.map((bound) => bound.quantity));

/** Read a token strictly; its signature is not verified yet. Gives token and content. */
export function readAttestation(text) {
  const token = parseToken(text, VC_TYP, VC_CTY);
  const attestation = validate("Attestation", contentOfAttestation(token.claims()));
  if (encode(attestationCredential(attestation)) !== fromUtf8(token.payload)) {
    throw new NotCanonical("expected exactly the members and words of an attestation, version 1");
  }
  const kid = `${attestation.auditor.id}#${attestation.auditor.id.replace("did:key:", "")}`;
  if (token.kid !== kid) throw new InvalidDocument(`expected the kid ${kid}, found ${token.kid.slice(0, 200)}`);
  return [token, attestation];
}

function attestationCredential(attestation) {
  const { subject } = attestation;
  return {
    "@context": [VC_CONTEXT, attestation.origin + CONTEXT_PATH],
    type: ATTESTATION_TYPE,
    id: attestation.id,
    issuer: attestation.auditor,
    name: titled(ATTESTATION_NAMES[subject.type], subject.demo),
    validFrom: attestation.valid_from,
    validUntil: attestation.valid_until,
    credentialSubject: subject,
  };
}

/** Pick the content out of the envelope; what is left over is caught by the comparison. */
function contentOfAttestation(claims) {
  const [base, own] = isObject(claims) && Array.isArray(claims["@context"]) ? claims["@context"] : [];
  if (base !== VC_CONTEXT || typeof own !== "string" || !own.endsWith(CONTEXT_PATH)) {
    throw new UnsupportedVersion(`expected an AuditorAttestation in the context ${CONTEXT_PATH}`);
  }
  return {
    id: claims.id,
    origin: own.slice(0, -CONTEXT_PATH.length),
    auditor: claims.issuer,
    valid_from: claims.validFrom,
    valid_until: claims.validUntil,
    subject: claims.credentialSubject,
  };
}
