/** How the parts of an inventory are weighed with what stands behind them. Mirrors part of impact/characterize.py. */
import { PARTS, isPart, loadsOf } from "./characterize.js";
import { RULES } from "./document.js";
import { numberOf } from "./lookup.js";
import { orderOf } from "./rows.js";

Object.assign(PARTS, { weightsOf, contribution });

RULES["Inventory._parts_and_flows_meet"] = (inventory) => {
  const parts = inventory.parts ?? [];
  const isEqual = new Map(
    parts.flatMap((part) => [...partWeights(part, part.own).keys()].map((flow) => [flow, part.reference === undefined])),
  );
  const found = inventory.flows.filter(isPart);
  return (
    new Set(parts.map((part) => part.digest)).size === parts.length &&
    new Set(found.map((flow) => flow.flow)).size === isEqual.size &&
    found.every((flow) => isEqual.get(flow.flow) === flow.bought_part)
  );
};

/** Give the weights of the parts on one side of a comparison, `own` or `reference`, by flow id. */
function weightsOf(inventory, side) {
  return new Map((inventory.parts ?? []).flatMap((part) => (part[side] ? [...partWeights(part, part[side])] : [])));
}

/** Give the weights of a part by flow id. */
function partWeights(part, weights) {
  const flow = `${part.kind === "label" ? "part" : "record"}/${part.digest}`;
  const found = new Map([[flow, weights.gate]]);
  if (weights.end_of_life) found.set(`${flow}/end_of_life`, weights.end_of_life);
  return found;
}

/** Weigh a flow of a part, per item, with what stands behind its digest. */
function contribution(flow, weight, quantity) {
  const loads = new Map([...loadsOf(flow.loads), ...loadsOf(weight.loads)]);
  const term = {
    value: (numberOf(flow.amount) / quantity) * numberOf(weight.kgco2e),
    loads: [...loads].sort(([left], [right]) => orderOf(left, right)),
  };
  const [defaultShare, proxyShare] = [numberOf(weight.default_share), numberOf(weight.proxy_share)];
  return { stage: flow.stage, flow: flow.flow, term, defaultShare, proxyShare, isBoughtPart: flow.bought_part };
}
