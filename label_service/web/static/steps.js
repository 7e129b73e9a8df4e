/** Shows a report of the verifier to people: its steps, each with sign, word and what was found. */

const SIGNS = { holds: "✓", fails: "✗", unsure: "?", "not checked": "–" };
const WORDS = { holds: "holds", fails: "fails", unsure: "unsure", "not checked": "unchecked" };

/** Fill a list with the steps of a report; `words` are texts in the language of the page. */
export function showSteps(list, report, words) {
  list.replaceChildren(
    ...report.steps.map((step) => {
      const item = document.createElement("li");
      item.className = step.outcome.replace(" ", "-");
      item.append(
        element("b", SIGNS[step.outcome], { ariaHidden: "true" }),
        element("span", `${words[WORDS[step.outcome]]}: `, { className: "unseen" }),
        element("strong", stepName(step, words)),
        element("bdi", step.detail && ` – ${step.detail}`, { lang: "en" }),
      );
      return item;
    }),
  );
}

/** Give the name of a step in the language of the page; `words.stepNames` is written by the server as `log=Log|...`. */
export function stepName({ name }, { stepNames }) {
  const found = stepNames.split("|").find((pair) => pair.startsWith(`${name}=`));
  return found?.slice(name.length + 1) ?? name;
}

/** Make an element with a text, which is never read as markup. */
export function element(name, text, members = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  return Object.assign(made, members);
}
