/** What only few bundles need: labelled parts, records of suppliers, contributions of partners, frames of variants. */
import {} from "./weighing.js";
export { checkParts } from "./chain.js";
export { checkContributed } from "./contributed.js";
export { outsideFrame } from "./frame.js";
