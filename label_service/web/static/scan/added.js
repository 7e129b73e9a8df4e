/** Trust lists of other schemes, each with the root behind it: added by the reader, and kept in this browser alone. */
import { LabelServiceError } from "../verify/errors.js";
import { pinnedRoots, presentTime } from "../verify/pinned.js";
import { openTrustList, readRoot } from "../verify/trust_list.js";

const ADDED_UNDER = "added-schemes";
const MOST_CHARACTERS = 500_000; // of a list and its root; lists have some 10,000
const FEWEST_COMPARED = 8;
const LIST_TOKEN = /eyJ[\w-]+\.[\w-]+\.[\w-]+/g;

/** A scheme that was not added; `reason` names a sentence of the page. */
export class NotAdded extends Error {
  constructor(reason, detail = "") {
    super(detail);
    this.reason = reason;
  }
}

/** Give the schemes that were added; each is verified again, and what does not hold any more is left out. */
export async function addedSchemes() {
  const schemes = [];
  for (const kept of keptSchemes()) {
    try {
      schemes.push(await openedScheme(kept));
    } catch (error) {
      if (!(error instanceof LabelServiceError || error instanceof NotAdded)) throw error;
    }
  }
  return schemes;
}

/** Keep the scheme whose list and root file stand in a text, if the typed thumbprint is that of the root. */
export async function addScheme(text, typed) {
  if (text.length > MOST_CHARACTERS) throw new NotAdded("scheme-large");
  const lists = text.match(LIST_TOKEN) ?? [];
  if (lists.length !== 1) throw new NotAdded("scheme-no-list");
  const root = await comparedRoot(text.replace(lists[0], "").trim(), typed.replaceAll(/\s/g, ""));
  const scheme = await openedScheme({ list: lists[0], root }).catch((error) => {
    if (error instanceof LabelServiceError) throw new NotAdded("scheme-broken", error.message);
    throw error;
  });
  const schemes = await addedSchemes();
  const former = schemes.find((item) => item.thumbprint === scheme.thumbprint);
  if (former && former.sequence > scheme.sequence) throw new NotAdded("scheme-older");
  keepSchemes([...schemes.filter((item) => item !== former), scheme]);
  return scheme;
}

/** Remove the scheme under the root with this thumbprint. */
export async function removeScheme(thumbprint) {
  keepSchemes((await addedSchemes()).filter((item) => item.thumbprint !== thumbprint));
}

/** Give the text of the root that the reader means: the one she gave, else one that is on this device already. */
async function comparedRoot(given, typed) {
  if (typed.length < FEWEST_COMPARED) throw new NotAdded("scheme-not-compared");
  const isMeant = (root) => root.thumbprint.startsWith(typed);
  if (!given) {
    const known = [...(await pinnedRoots()), ...(await addedSchemes()).map((item) => item.pinned)].find(isMeant);
    if (!known) throw new NotAdded("scheme-no-root");
    return known.text;
  }
  const root = await readRoot(given).catch((error) => {
    throw error instanceof LabelServiceError ? new NotAdded("scheme-no-root", error.message) : error;
  });
  if (!isMeant(root)) throw new NotAdded("scheme-not-compared");
  return given;
}

/** Verify a list under its root, and give what the page says of the scheme. */
async function openedScheme({ list, root }) {
  const pinned = { ...(await readRoot(root)), text: root };
  const { trustList, root: behind, isFresh } = await openTrustList(list, [pinned], presentTime());
  if (!behind) throw new NotAdded("scheme-other-root");
  const { name, sequence, issued_at: issuedAt, expires_at: expiresAt } = trustList;
  return { list, root, pinned, thumbprint: pinned.thumbprint, name, sequence, issuedAt, expiresAt, isFresh };
}

function keptSchemes() {
  try {
    const kept = JSON.parse(localStorage.getItem(ADDED_UNDER) ?? "[]");
    const isScheme = (item) => typeof item?.list === "string" && typeof item.root === "string";
    return Array.isArray(kept) ? kept.filter(isScheme) : [];
  } catch {
    return []; // no storage, or not ours
  }
}

function keepSchemes(schemes) {
  try {
    localStorage.setItem(ADDED_UNDER, JSON.stringify(schemes.map(({ list, root }) => ({ list, root }))));
  } catch {
    throw new NotAdded("scheme-large");
  }
}
