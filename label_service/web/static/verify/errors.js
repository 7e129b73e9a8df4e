/** What can go wrong: the part of label_service/errors.py that a verifier meets. Every refusal is one of these. */
export class LabelServiceError extends Error {
  /** `where` names the step, row or member the error belongs to. */
  constructor(detail, where = "") {
    super(detail);
    this.where = where;
  }
}

export class InvalidDocument extends LabelServiceError {}

/** A second spelling of the same document. */
export class NotCanonical extends InvalidDocument {}

export class UnsupportedVersion extends InvalidDocument {}

export class InvalidAmount extends LabelServiceError {}

export class InvalidKey extends LabelServiceError {}

/** The release has no row for a flow; it is never taken as zero. */
export class MissingFactor extends LabelServiceError {}

export class NotGradable extends LabelServiceError {}

export class NotAttested extends LabelServiceError {}

/** Steps of a party are part of a product without its signature on them. */
export class ConsentMissing extends LabelServiceError {}

export class LogFault extends LabelServiceError {}

export class VerificationError extends LabelServiceError {}

/** What stands behind a part of a product does not hold, by a named result such as `part_withdrawn`. */
export class PartFault extends VerificationError {
  constructor(result, detail) {
    super(`${result}: ${detail}`);
    this.result = result;
  }
}

/** A script did not come: nothing is said about the bundle, which is not at fault. */
export class NotFetched extends Error {}

/** A step neither holds nor fails: what it needs is stale, absent or unknown. */
export class Unsure extends LabelServiceError {}
