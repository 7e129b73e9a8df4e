/** Roots the reader trusts: shown by their thumbprints, pinned only after she compared one with another source. */
import { element } from "../steps.js";
import { pinRoot, pinnedRoots, unpinRoot } from "../verify/pinned.js";
import { readRoot } from "../verify/trust_list.js";
import { word } from "./cards.js";

const COMPARED_CHARACTERS = 8;

/** Show the pinned roots, each with a button to trust it no longer; `changed` is called when one was removed. */
export async function showRoots(list, changed) {
  const roots = await pinnedRoots();
  list.replaceChildren(
    ...roots.map((root) => {
      const item = element("li", "");
      const button = element("button", word("unpin"), { type: "button" });
      button.addEventListener("click", async () => {
        await unpinRoot(root.thumbprint);
        await changed();
      });
      item.append(element("bdi", root.name), element("br", ""), element("code", root.thumbprint), " ", button);
      return item;
    }),
  );
  if (!roots.length) list.append(element("li", word("no-root")));
}

/** Read a root file and give its name and thumbprint for comparing; undefined where it is pinned already. */
export async function readForComparing(text) {
  const root = await readRoot(text);
  return (await pinnedRoots()).some((item) => item.x === root.x) ? undefined : root;
}

/** Pin a root if what the reader typed from another source is the beginning of its thumbprint. */
export async function pinCompared(text, typed) {
  const { thumbprint } = await readRoot(text);
  const plain = typed.replaceAll(/\s/g, "");
  const isCompared = plain.length >= COMPARED_CHARACTERS && thumbprint.startsWith(plain);
  if (isCompared) await pinRoot(text);
  return isCompared;
}
