/** Fetches what few bundles need; a script that contains all of the verifier has it already. */
import { NotFetched } from "./errors.js";

/** Give the checks of what rests on others; where they cannot be fetched, nothing is said about the label. */
export async function fetchOthers() {
  try {
    const { checkContributed, checkParts, outsideFrame } = await import("./others.js");
    return { checkContributed, checkParts, outsideFrame };
  } catch (error) {
    throw new NotFetched(`parts, partners, frames: ${error.message}`);
  }
}
