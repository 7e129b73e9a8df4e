/** Whether goods are a variant inside the frame of an attested design. Mirrors label/frame.py; all sums are exact. */
import { PER_ITEM } from "./attestation.js";
import { scaled } from "./quantity.js";

/** Give a code and words for every reason why goods are no variant inside a frame; `totals` are those of the batch. */
export function* outsideFrame(inventory, frame, totals) {
  if (inventory.design?.digest !== frame.design) {
    yield ["design", `the scope is for variants of the design ${frame.name}`];
    return;
  }
  const chosen = new Map((inventory.variant?.parameters ?? []).map((parameter) => [parameter.name, parameter]));
  for (const name of [...chosen.keys()].sort()) {
    if (!frame.bounds.some((bound) => bound.quantity === name)) {
      yield ["frame-unknown", `the frame of ${frame.name} does not say how ${name} may vary`];
    }
  }
  for (const bound of frame.bounds) yield* against(bound, inventory, totals, chosen.get(bound.quantity));
}

function* against({ quantity, unit, low, high }, inventory, totals, parameter) {
  const [part, whole] = Object.hasOwn(PER_ITEM, quantity)
    ? [amountOf(quantity, inventory, totals), quantity === "function" ? 1n : BigInt(inventory.quantity)]
    : [parameter && scaled(parameter.value), 1n];
  const limits = `${quantity} of one item is ${low} to ${high} ${unit} in the frame`;
  if (part === undefined) yield ["frame-missing", `${limits}, found none`];
  else if ((parameter?.unit ?? unit) !== unit) yield ["frame-unit", `${limits}, found an amount in ${parameter.unit}`];
  else if (part < scaled(low) * whole) yield ["frame-below", `${limits}, found less`];
  else if (part > scaled(high) * whole) yield ["frame-above", `${limits}, found more`];
}

/** Give a quantity of the whole batch in units of 1 / ONE, the function that of one item; undefined where unknown. */
function amountOf(quantity, inventory, totals) {
  if (quantity === "function") return inventory.function === undefined ? undefined : scaled(inventory.function);
  if (quantity === "machine_time") {
    return inventory.variant?.machine_h === undefined ? undefined : scaled(inventory.variant.machine_h);
  }
  return totals[quantity];
}
