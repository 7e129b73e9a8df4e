/** Roots the reader trusts, kept in this browser for this site: texts of root files, put there by the reader alone. */
import { LabelServiceError } from "./errors.js";
import { readRoot } from "./trust_list.js";

const STORED_UNDER = "pinned-roots";

/** Give the pinned roots, each with its name, key and thumbprint; what cannot be read any more is left out. */
export async function pinnedRoots() {
  const roots = [];
  for (const text of storedTexts()) {
    try {
      roots.push({ ...(await readRoot(text)), text });
    } catch (error) {
      if (!(error instanceof LabelServiceError)) throw error;
    }
  }
  return roots;
}

/** Pin the root in the text of a root file. */
export async function pinRoot(text) {
  const root = await readRoot(text);
  const others = (await pinnedRoots()).filter((item) => item.x !== root.x).map((item) => item.text);
  localStorage.setItem(STORED_UNDER, JSON.stringify([...others, text.trim()]));
  return root;
}

/** Trust the root with this thumbprint no longer. */
export async function unpinRoot(thumbprint) {
  const others = (await pinnedRoots()).filter((item) => item.thumbprint !== thumbprint).map((item) => item.text);
  localStorage.setItem(STORED_UNDER, JSON.stringify(others));
}

/** Give the present time of this device as a timestamp. */
export function presentTime() {
  return new Date().toISOString().replace(/\.[0-9]+Z$/, "Z");
}

function storedTexts() {
  try {
    const texts = JSON.parse(localStorage.getItem(STORED_UNDER) ?? "[]");
    return Array.isArray(texts) ? texts.filter((text) => typeof text === "string") : [];
  } catch {
    return []; // no storage, or not ours
  }
}
