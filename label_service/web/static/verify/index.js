/** Verify labels in a browser, trusting nobody but a pinned root: the twin of label_service/verify. */
export { inspectBundle, recompute } from "./bundle.js";
export { readRoot } from "./trust_list.js";
