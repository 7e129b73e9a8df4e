/** What a label says, made again from the documents it rests on. Mirrors label/content.py. */
import { digest, encode } from "./canonical.js";
import { RULES, validate } from "./document.js";
import { NotAttested, NotGradable } from "./errors.js";
import { capped, gradeOf, scoreOf } from "./grade.js";
import { outsideOf } from "./scope.js";

const MAX_YEARS = 3;
const CAP_WORDS = {
  proxy_share: "more than a quarter of the impact rests on stand-in factors",
  same_design_worse: "the same design made by the mass process is shown to be better",
};

RULES["ScopePlace._inside"] = (place) => place.position <= place.of;
RULES["LabelContent._letter_follows"] = (content) => {
  const shown = content.comparisons.filter((item) => item.reference === content.graded_against);
  if (shown.length !== 1 || !shown[0].ratio) return false;
  const { p05, p95 } = shown[0].ratio;
  return content.score === scoreOf(p95) && content.grade === capped(gradeOf(content.score, p05), content.caps);
};
RULES["LabelContent._validity"] = (content) => {
  const latest = String(Number(content.valid_from.slice(0, 4)) + MAX_YEARS) + content.valid_from.slice(4);
  return content.valid_from < content.valid_until && content.valid_until <= latest;
};
RULES["LabelContent._category_complete"] = (content) =>
  (content.category === undefined) === (content.function === undefined) &&
  (content.category === undefined || content.criteria.length > 0);
RULES["LabelContent._place_counts_items"] = (content) =>
  content.scope === undefined || content.scope.position >= content.quantity;

/**
 * Put together what a label says from the documents it rests on.
 *
 * `given` holds what only the label itself can say: label_id, origin, issuer, validity, status and scope.
 */
export async function labelContent(given, inventory, assessment, attestation, attestationDigest, accreditation) {
  if (!assessment.grade) throw new NotGradable(`the assessment has no grade: ${assessment.reasons.join(", ")}`);
  if (attestation.subject.type === "DeclarationAttestation") {
    await checkAttested(inventory, assessment, attestation, given.origin);
    if (given.scope) throw new NotAttested("expected no place in a scope: the attestation is of a declaration");
  } else {
    await checkInScope(given, inventory, assessment, attestation, attestationDigest);
  }
  const isInside =
    attestation.valid_from <= given.valid_from &&
    given.valid_from < given.valid_until &&
    given.valid_until <= attestation.valid_until;
  if (!isInside) {
    throw new NotAttested(
      `the attestation counts from ${attestation.valid_from} to ${attestation.valid_until}, ` +
        `the label would from ${given.valid_from} to ${given.valid_until}`,
    );
  }
  return validate("LabelContent", {
    label_id: given.label_id,
    origin: given.origin,
    demo: inventory.demo,
    issuer: given.issuer,
    name: inventory.name,
    producer: inventory.producer,
    partners: inventory.partners,
    countries: inventory.countries,
    year: inventory.year,
    quantity: inventory.quantity,
    family: inventory.family,
    processes: inventory.processes,
    category: inventory.category ?? null,
    function: inventory.function ?? null,
    grade: assessment.grade,
    score: assessment.score,
    kgco2e: assessment.product.kgco2e,
    comparisons: assessment.comparisons.map(comparedOf),
    graded_against: assessment.graded_against,
    caps: assessment.caps,
    default_share: assessment.default_share,
    method: assessment.method,
    inventory_digest: await digest(encode(inventory)),
    assessment_digest: await digest(encode(assessment)),
    attestation_digest: attestationDigest,
    release_digest: inventory.release_digest,
    auditor: { ...attestation.auditor, accreditation },
    level: attestation.subject.level,
    criteria: attestation.subject.criteria,
    valid_from: given.valid_from,
    valid_until: given.valid_until,
    status: given.status,
    scope: given.scope ?? null,
  });
}

/** Check that the attestation of a declaration is about these documents and this scheme. */
async function checkAttested(inventory, assessment, attestation, origin) {
  const { subject } = attestation;
  await checkAssessed(inventory, assessment, attestation, origin);
  checkSame([
    ["inventory", await digest(encode(inventory)), subject.inventory_digest],
    ["assessment", await digest(encode(assessment)), subject.assessment_digest],
    ["producer", inventory.producer.id, subject.producer],
    ["category", inventory.category, subject.category],
    ["demo flag", inventory.demo, subject.demo],
  ]);
}

/** Check that goods lie inside an attested scope of this scheme; `given` says their place, and from when they count. */
export async function checkInScope(given, inventory, assessment, attestation, attestationDigest) {
  const { subject } = attestation;
  const place = given.scope;
  if (!place) throw new NotAttested("expected a place in the scope that is attested");
  await checkAssessed(inventory, assessment, attestation, given.origin);
  if (place.digest !== attestationDigest || place.of !== subject.quantity) {
    throw new NotAttested(
      `expected a place among the ${subject.quantity} items of the scope ${attestationDigest}, ` +
        `found one among ${place.of} of ${place.digest}`,
    );
  }
  const used = place.position - inventory.quantity;
  if (used < 0) throw new NotAttested(`expected a position of at least the ${inventory.quantity} items`);
  const reasons = await outsideOf(inventory, attestation, given.valid_from, used);
  if (reasons.length) throw new NotAttested(`outside the scope: ${reasons.map(([, words]) => words).join("; ")}`);
}

async function checkAssessed(inventory, assessment, attestation, origin) {
  checkSame([
    ["inventory of the assessment", await digest(encode(inventory)), assessment.inventory_digest],
    ["release of the assessment", inventory.release_digest, assessment.release_digest],
    ["scheme", origin, attestation.origin],
  ]);
}

function checkSame(parts) {
  for (const [name, expected, found] of parts) {
    if (expected !== found) throw new NotAttested(`expected an attestation of the ${name} ${expected}, found ${found}`);
  }
}

function comparedOf({ reference, kind, provisional, ratio, p_better }) {
  const head = { reference, kind, provisional };
  return ratio ? { ...head, ratio, p_better } : head;
}

/** Give in one sentence or two what the letter proves, no more. */
export function statement(content) {
  const graded = content.comparisons.find((item) => item.reference === content.graded_against);
  const reference = `the ${graded.provisional ? "provisional " : ""}mass-produced reference`;
  if (content.grade === "D") return `No advantage over ${reference} is shown.`;
  if (content.grade === "E") {
    return content.default_share === "0"
      ? `Shown to be worse than ${reference}.`
      : `Worse than ${reference} when what is not evidenced counts with its fixed value.`;
  }
  const words = `At most ${content.score} % of the climate impact of ${reference}, with 95 % certainty.`;
  if (!content.caps.length) return words;
  return `${words} No letter better than C: ${content.caps.map((cap) => CAP_WORDS[cap]).join("; ")}.`;
}
