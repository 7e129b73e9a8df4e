/** The step all verifications begin with: a trust list that a pinned root stands behind. Mirrors verify/trust.py. */
import { Unsure } from "./errors.js";
import { openTrustList } from "./trust_list.js";

/** Trust lists under verification, by their texts; `names` tells whether a list names the issuer in question. */
export class Trust {
  constructor(lists, roots, at, names) {
    this.lists = lists;
    this.roots = roots;
    this.at = at;
    this.names = names;
  }

  /** Open the lists, choose one of them, and say what stands behind it. */
  async check() {
    if (!this.lists.length) throw new Unsure("no trust list at hand");
    const opened = [];
    for (const text of this.lists) opened.push(await openTrustList(text, this.roots, this.at));
    this.opened = await this.chosen(newestLists(opened));
    const { trustList, root, rootThumbprint, isFresh } = this.opened;
    if (!root) throw new Unsure(`no pinned root stands behind '${trustList.name}'; it names the root ${rootThumbprint}`);
    if (!isFresh) {
      throw new Unsure(
        `the trust list of ${root.name} counts from ${trustList.issued_at} to ${trustList.expires_at}, not at ${this.at}`,
      );
    }
    return `${trustList.name}, number ${trustList.sequence}, under ${root.name}`;
  }

  /** Give the list to judge by: one that names the issuer, with a pinned root, in its time; lists are never mixed. */
  async chosen(lists) {
    let best;
    for (const opened of lists) {
      const isNamed = await this.names(opened.trustList);
      const rank = 4 * Boolean(isNamed) + 2 * Boolean(opened.root) + opened.isFresh;
      if (!best || rank > best.rank) best = { opened, rank };
    }
    return best.opened;
  }

  /** The chosen list, whether fresh or not. */
  get trustList() {
    if (!this.opened) throw new Unsure("cannot be checked without a trust list");
    return this.opened.trustList;
  }
}

/** Give what tells whether a list names an issuer. */
export function namesIssuer(id) {
  return (trustList) => trustList.issuers.some((issuer) => issuer.id === id);
}

/** Give the newest list of each root: an older one hides what the owner has changed since. */
function newestLists(lists) {
  const newest = new Map();
  for (const opened of lists) {
    const kept = newest.get(opened.rootThumbprint);
    if (!kept || opened.trustList.sequence > kept.trustList.sequence) newest.set(opened.rootThumbprint, opened);
  }
  return [...newest.values()];
}
