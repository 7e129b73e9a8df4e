/** The part of the scanner where a reader adds the lists of other schemes, and removes them. */
import { element } from "../steps.js";
import { NotAdded, addScheme, addedSchemes, removeScheme } from "./added.js";
import { day, word } from "./cards.js";

const MOST_BYTES = 500_000;

/** Show the schemes that were added, each with a button to remove it; `changed` is called when one was. */
export async function showSchemes(list, changed) {
  const schemes = await addedSchemes();
  list.replaceChildren(...schemes.map((scheme) => schemeItem(scheme, changed)));
  if (!schemes.length) list.append(element("li", word("no-root")));
}

/** Add the scheme in the files and text of a form, and say how that went. */
export async function addGiven(form, said, changed) {
  const { files, text, thumbprint } = form.elements;
  try {
    const given = [...files.files];
    if (given.reduce((sum, file) => sum + file.size, 0) > MOST_BYTES) throw new NotAdded("scheme-large");
    const texts = await Promise.all(given.map((file) => file.text()));
    await addScheme([...texts, text.value].join("\n"), thumbprint.value);
    form.reset();
    said.textContent = word("scheme-added");
    await changed();
  } catch (error) {
    if (!(error instanceof NotAdded)) throw error;
    said.textContent = word(error.reason) + (error.message && ` (${error.message})`);
  }
}

function schemeItem(scheme, changed) {
  const item = element("li", "");
  const button = element("button", word("unpin"), { type: "button" });
  button.addEventListener("click", async () => {
    await removeScheme(scheme.thumbprint);
    await changed();
  });
  item.append(element("strong", scheme.name, { dir: "auto" }), element("br", ""));
  item.append(element("code", scheme.thumbprint), element("br", ""));
  item.append(element("span", `${day(scheme.issuedAt)} – ${day(scheme.expiresAt)} `, { className: "small" }));
  if (!scheme.isFresh) item.append(element("b", `${word("list-ended")} `));
  item.append(button);
  return item;
}
