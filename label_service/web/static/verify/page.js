/** What a label page, and the badge on a page of a shop, need of the verifier. */
export { inspectBundle } from "./bundle.js";
export { canVerify } from "./keys.js";
export { pinnedRoots, presentTime } from "./pinned.js";
export { readRoot } from "./trust_list.js";
