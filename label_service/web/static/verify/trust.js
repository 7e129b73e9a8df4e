/** The step all verifications begin with: a trust list that a pinned root stands behind. Mirrors verify/trust.py. */
import { Unsure } from "./errors.js";
import { openTrustList } from "./trust_list.js";

/** A trust list under verification; `text` is undefined where there is none. */
export class Trust {
  constructor(text, roots, at) {
    this.text = text;
    this.roots = roots;
    this.at = at;
  }

  /** Open the list and say what stands behind it. */
  async check() {
    if (!this.text) throw new Unsure("no trust list at hand");
    this.opened = await openTrustList(this.text, this.roots, this.at);
    const { trustList, root, rootThumbprint, isFresh } = this.opened;
    if (!root) throw new Unsure(`no pinned root stands behind '${trustList.name}'; it names the root ${rootThumbprint}`);
    if (!isFresh) {
      throw new Unsure(
        `the trust list of ${root.name} counts from ${trustList.issued_at} to ${trustList.expires_at}, not at ${this.at}`,
      );
    }
    return `${trustList.name}, number ${trustList.sequence}, under ${root.name}`;
  }

  /** The opened list, whether fresh or not. */
  get trustList() {
    if (!this.opened) throw new Unsure("cannot be checked without a trust list");
    return this.opened.trustList;
  }
}
