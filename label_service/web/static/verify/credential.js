/** The label as a UNTP credential, read strictly and built again from its content. Mirrors label/credential.py. */
import { encode, parseJson } from "./canonical.js";
import { statement } from "./content.js";
import { isObject, validate } from "./document.js";
import { base64url, concatenated, fromHex, fromUtf8 } from "./encoding.js";
import { InvalidDocument, NotCanonical, UnsupportedVersion } from "./errors.js";
import { parseToken } from "./jws.js";
import { wholeNumber } from "./quantity.js";
import { CONTEXT_PATH, UNTP_CONTEXT, VC_CONTEXT, VC_CTY, VC_TYP, titled } from "./vocabulary.js";

const LABEL_TYPE = ["DigitalConformityCredential", "VerifiableCredential"];
const COVERED =
  "Covered, on both sides of the comparison: materials with scrap, inbound transport, making, packaging, " +
  "distribution, end of life.";
const NOT_COVERED =
  "Not covered: effects other than climate, making of machines, use phase, social effects. " +
  "No offsets or credits are counted.";
const TOPIC = "https://vocabulary.uncefact.org/conformity-topic/greenhouse-gas-emissions";
const METRIC = "https://vocabulary.uncefact.org/performance-metric/product-carbon-footprint";
const SHA256_MULTIHASH = Uint8Array.of(0x12, 0x20);

/** Read a label token strictly; signature, attestation, status and log are not checked yet. Gives token and content. */
export function readLabel(text) {
  const token = parseToken(text, VC_TYP, VC_CTY);
  const payload = fromUtf8(token.payload);
  const content = validate("LabelContent", contentOfLabel(parseJson(payload)));
  if (encode(credential(content)) !== payload) {
    throw new NotCanonical("expected exactly the credential that follows from the content of the label");
  }
  if (token.kid.split("#")[0] !== content.issuer.id) {
    throw new InvalidDocument(`expected a key of ${content.issuer.id}, found ${token.kid.slice(0, 200)}`);
  }
  return [token, content];
}

/** Give median, 5 % and 95 % quantile in whole grams. */
export function gramsOf({ median, p05, p95 }) {
  return [median, p05, p95].map((kgco2e) => wholeNumber(kgco2e, 1000));
}

/** Give the credential of a label's content. */
function credential(content) {
  return {
    "@context": [VC_CONTEXT, UNTP_CONTEXT, content.origin + CONTEXT_PATH],
    type: LABEL_TYPE,
    id: pageOf(content),
    issuer: typed("CredentialIssuer", content.issuer),
    name: nameOf(content),
    validFrom: content.valid_from,
    validUntil: content.valid_until,
    credentialStatus: [
      statusEntry("revocation", content.status.revocation),
      statusEntry("suspension", content.status.suspension),
    ],
    credentialSubject: attestationOf(content),
  };
}

function contentOfLabel(claims) {
  const contexts = isObject(claims) && Array.isArray(claims["@context"]) ? claims["@context"] : [];
  if (contexts[0] !== VC_CONTEXT || contexts[1] !== UNTP_CONTEXT || !isObject(claims.credentialSubject)) {
    throw new UnsupportedVersion("expected a DigitalConformityCredential of UNTP 0.7.0");
  }
  return claims.credentialSubject.label;
}

function pageOf(content) {
  return `${content.origin}/L/${content.label_id}`;
}

function nameOf(content) {
  return titled(`Climate label of ${content.name} by ${content.producer.name}`, content.demo);
}

function attestationOf(content) {
  const page = pageOf(content);
  return {
    type: ["ConformityAttestation"],
    id: `${page}#attestation`,
    name: nameOf(content),
    description: `${COVERED} ${NOT_COVERED}`,
    assessorLevel: "3rdParty",
    assessmentLevel: "scheme-cab",
    attestationType: "verification",
    issuedToParty: partyOf(content.producer),
    authorisation: [admissionOf(content)],
    referenceScheme: typed("ConformityScheme", content.issuer),
    referenceProfile: {
      type: ["ConformityProfile"],
      id: `${content.origin}/releases/${content.release_digest}`,
      name: `Method ${content.method}`,
    },
    profileScore: {
      code: content.grade,
      rank: "ABCDE".indexOf(content.grade) + 1,
      definition: statement(content),
    },
    conformityCertificate: {
      linkURL: page,
      linkName: "Label page with the current status",
      mediaType: "text/html",
    },
    auditableEvidence: {
      linkURL: `${page}.json`,
      linkName: "Bundle for offline verification and recomputation",
      mediaType: "application/json",
    },
    conformityAssessment: [assessmentOf(content)],
    label: content,
  };
}

function assessmentOf(content) {
  const page = pageOf(content);
  return {
    type: ["ConformityAssessment"],
    id: `${page}#assessment`,
    name: "Climate impact of one item against the mass-produced alternative",
    assessmentCriteria: [`Grade on the scale of method ${content.method}`, ...content.criteria].map((name, number) => ({
      type: ["Criterion"],
      id: `${page}#criterion-${number}`,
      name,
    })),
    assessmentDate: content.valid_from.slice(0, 10),
    assessedPerformance: [footprintOf(content), boundOf(content)],
    assessedProduct: [
      {
        product: {
          type: ["Product"],
          id: `${page}#product`,
          name: content.name,
          batchNumber: content.label_id,
        },
        idVerifiedByCAB: false,
      },
    ],
    assessedOrganisation: partyOf(content.producer),
    specifiedCondition: conditionsOf(content),
    evidence: [
      linkOf("Inventory", content.inventory_digest, "application/json"),
      linkOf("Assessment", content.assessment_digest, "application/json"),
      linkOf("Attestation of the auditor", content.attestation_digest, "application/vc+jwt"),
    ],
    conformityTopic: [{ type: ["ConformityTopic"], id: TOPIC, name: "Greenhouse Gas Emissions" }],
  };
}

/** Give the median in whole grams CO2e; the tolerances are offsets to the 5 % and 95 % quantiles. */
function footprintOf(content) {
  const [median, low, high] = gramsOf(content.kgco2e);
  const name = "Climate impact of one item, g CO2e (GWP100)";
  return {
    metric: { type: ["PerformanceMetric"], id: METRIC, name },
    measure: { value: median, lowerTolerance: median - low, upperTolerance: high - median, unit: "GRM" },
  };
}

function boundOf(content) {
  const name = `95 % upper bound of the ratio to ${content.graded_against}, in percent`;
  return {
    metric: { type: ["PerformanceMetric"], id: `${pageOf(content)}#score`, name },
    measure: { value: content.score, unit: "P1" },
  };
}

function conditionsOf(content) {
  const others = content.comparisons.map((item) => item.reference).filter((name) => name !== content.graded_against);
  const conditions = [
    `Graded against ${content.graded_against}; also compared with ${others.join(", ") || "nothing else"}.`,
    `Batch of ${content.quantity}, made in ${content.countries.join(", ")} in ${content.year}.`,
  ];
  if (!content.scope) return conditions;
  return [...conditions, `Number ${content.scope.position} of ${content.scope.of} of an attested scope.`];
}

function admissionOf(content) {
  const { standard, body, number } = content.auditor.accreditation;
  return {
    name: `${content.auditor.name}, admitted as auditor: ${standard}, ${body}, ${number}`,
    issuingAuthority: partyOf(content.issuer),
  };
}

function statusEntry(purpose, { url, index }) {
  return {
    type: "BitstringStatusListEntry",
    id: `${url}#${index}`,
    statusPurpose: purpose,
    statusListIndex: String(index),
    statusListCredential: url,
  };
}

function linkOf(linkName, digest, mediaType) {
  const raw = fromHex(digest);
  return {
    linkURL: `ni:///sha-256;${base64url(raw)}`,
    linkName,
    digestMultibase: `u${base64url(concatenated(SHA256_MULTIHASH, raw))}`,
    mediaType,
  };
}

function partyOf({ id, name }) {
  return { type: ["Party"], id, name };
}

function typed(kind, { id, name }) {
  return { type: [kind], id, name };
}
