/** What a label page needs of the verifier. */
export { inspectBundle } from "./bundle.js";
export { canVerify } from "./keys.js";
export { pinnedRoots, presentTime } from "./pinned.js";
