/** Whether goods lie inside an attested scope. Mirrors label/scope.py and inventory/runs.py; all sums are exact. */
import { RULES } from "./document.js";
import { fetchOthers } from "./late.js";
import { ONE, scaled } from "./quantity.js";
import { weekNumber } from "./week.js";

const MEASURED = ["metered", "weighed", "as_made", "derived"];

RULES["Inventory._runs_and_flows_meet"] = (inventory) => {
  const steps = inventory.runs.map((run) => run.step);
  const lines = inventory.net_masses.map((line) => line.input);
  const energies = inventory.flows.filter(isEnergy).map((flow) => flow.input);
  const worked = new Set(inventory.runs.flatMap((run) => run.lines));
  const processes = [...new Set(inventory.runs.map((run) => run.process))];
  return (
    [steps, lines, energies].every(isUnique) &&
    lines.every((line) => worked.has(line)) &&
    energies.every((step) => steps.includes(step)) &&
    inventory.processes.join() === processes.join() &&
    String(inventory.year) === inventory.made.last.slice(0, 4) &&
    isUnique((inventory.variant?.parameters ?? []).map((parameter) => parameter.name))
  );
};

/** Give every reason, as a code and words, why goods are not inside a scope; `used` counts the items labelled in it before. */
export async function outsideOf(inventory, attestation, at, used) {
  const scope = attestation.subject;
  const { outsideFrame } = scope.frame ? await fetchOthers() : {};
  return [
    ...identity(inventory, scope),
    ...(scope.frame ? outsideFrame(inventory, scope.frame, totalsOf(inventory)) : []),
    ...placeOf(inventory, scope),
    ...times(inventory, scope, attestation, at),
    ...quantities(inventory, scope, used),
    ...materials(inventory, scope),
    ...energy(inventory, scope),
    ...scrap(inventory, scope),
  ];
}

function* identity(inventory, scope) {
  for (const [name, expected, found] of [
    ["producer", scope.producer, inventory.producer.id],
    ["demo", scope.demo, inventory.demo],
    ["family", scope.family, inventory.family],
    ["category", scope.category, inventory.category],
  ]) {
    if (expected !== found) yield [name, `the scope is for the ${name} ${expected}, found ${found}`];
  }
  if (inventory.partners.length) yield ["partners", "the scope is for steps of its producer alone"];
  const isListed = scope.functions.includes(inventory.function) || boundsFunction(scope);
  if (inventory.function !== undefined && !isListed) {
    yield ["function", `the scope is for ${scope.functions.join(", ")} per item, found ${inventory.function}`];
  }
}

/** Tell whether a frame says between which amounts the function may vary. */
function boundsFunction({ frame }) {
  return frame !== undefined && frame.bounds.some((bound) => bound.quantity === "function");
}

function* placeOf(inventory, scope) {
  const { runs, countries } = inventory;
  const steps = new Set(runs.map((run) => run.step));
  const carriers = inventory.flows.filter((flow) => isEnergy(flow) && steps.has(flow.input)).map((flow) => flow.flow);
  if (countries.join() !== scope.country) {
    yield ["country", `the scope is for ${scope.country}, found ${countries.join(", ")}`];
  }
  for (const [name, found, allowed] of [
    ["site", runs.map((run) => run.site), [scope.site]],
    ["machine", runs.map((run) => run.machine), scope.machines],
    ["process", runs.map((run) => run.process), scope.processes],
    ["carrier", carriers, [`electricity/grid/${scope.country}`, ...scope.carriers]],
  ]) {
    const others = found.filter((item) => !allowed.includes(item));
    if (others.length) yield [name, `the scope is for the ${name} ${allowed.join(", ")}, found ${others.join(", ")}`];
  }
}

function* times({ made }, { period, chain_weeks: weeks }, attestation, at) {
  if (made.first < period.first || made.last > period.last) {
    yield ["period", `the scope is for goods made from ${period.first} to ${period.last}`];
  }
  if (at.slice(0, 10) < made.last) {
    yield ["not-made-yet", `the goods are made until ${made.last}, after the label of ${at}`];
  }
  if (at < attestation.valid_from || at >= attestation.valid_until) {
    yield ["validity", `the scope counts from ${attestation.valid_from} to ${attestation.valid_until}, not at ${at}`];
  }
  const number = weekNumber(at, period.first);
  if (number < 1 || number > weeks) {
    yield ["chain", `samples can be drawn in ${weeks} weeks, found a label of week ${number}`];
  }
}

function* quantities({ quantity }, scope, used) {
  if (used + quantity > scope.quantity) {
    const left = Math.max(0, scope.quantity - used);
    yield ["quantity", `the scope has ${left} of ${scope.quantity} items left, found ${quantity}`];
  }
  if (quantity > (scope.max_quantity_per_label ?? Infinity)) {
    yield ["quantity-per-label", `the scope allows ${scope.max_quantity_per_label} items a label, found ${quantity}`];
  }
}

/** Recycled content needs a lot that vouches for it; other materials need one where lots are listed at all. */
function* materials(inventory, scope) {
  const proven = new Map();
  for (const { material, recycled_share: share = "0" } of scope.lots) {
    const held = proven.get(material);
    if (held === undefined || scaled(share) > scaled(held)) proven.set(material, share);
  }
  for (const { material, recycled, total } of recycledShares(inventory)) {
    const share = proven.get(material) ?? "0";
    if (proven.size && !proven.has(material)) yield ["material", `the scope is for other lots than ${material}`];
    else if (isAbove(recycled, total, share)) {
      yield ["recycled-share", `the lots of ${material} prove a recycled share of ${share}, found more`];
    }
  }
}

function* energy(inventory, scope) {
  const floors = new Map(scope.floors.map((floor) => [floor.process, floor.kwh_per_kg]));
  const ceilings = new Map(scope.ceilings.map((ceiling) => [ceiling.process, ceiling.kwh_per_kg]));
  const gross = grossByLine(inventory);
  for (const { step, process, lines } of inventory.runs) {
    const flow = inventory.flows.find((item) => isEnergy(item) && item.input === step);
    const floor = floors.get(process);
    if (floor === undefined || (!flow && floor === "0")) continue; // outside anyway, or nothing to measure
    const mass = lines.every((line) => gross.has(line)) ? sumOf(lines.map((line) => gross.get(line))) : 0n;
    if (!MEASURED.includes(flow?.basis)) yield ["energy-not-measured", `the energy of step ${step} must be measured`];
    else if (!mass) yield ["mass-unknown", `the mass worked in step ${step} is not known`];
    else {
      const limits = [floor, ceilings.get(process)];
      yield* between("kwh-per-kg", `kWh per kg of step ${step}`, [scaled(flow.amount), mass], limits);
    }
  }
}

function* scrap(inventory, scope) {
  const ceilings = new Map(scope.ceilings.map((ceiling) => [ceiling.process, ceiling.scrap_fraction]));
  const gross = grossByLine(inventory);
  for (const { process, scrap_fraction: floor } of scope.floors) {
    const runs = inventory.runs.filter((run) => run.process === process);
    if (!runs.length) continue;
    const worked = new Set(runs.flatMap((run) => run.lines));
    const made = inventory.net_masses.filter((line) => worked.has(line.input));
    const whole = sumOf(made.map((line) => gross.get(line.input) ?? 0n));
    const net = sumOf(made.map((line) => scaled(line.amount)));
    const limits = [floor, ceilings.get(process)];
    if (whole) yield* between("scrap", `scrap of ${process}`, [whole - net, whole], limits);
    else if (floor !== "0" || limits[1]) yield ["mass-unknown", `nothing that ${process} works ends in the product`];
  }
}

/** Hold a share, given as part and whole, against a floor and a ceiling that may be undefined. */
function* between(code, what, [part, whole], [floor, ceiling]) {
  if (part * ONE < scaled(floor) * whole) {
    yield [`${code}-below-floor`, `the ${what} is at least ${floor} in the scope, found less`];
  }
  if (ceiling !== undefined && isAbove(part, whole, ceiling)) {
    yield [`${code}-above-ceiling`, `the ${what} is at most ${ceiling} in the scope, found more`];
  }
}

function isAbove(part, whole, limit) {
  return whole ? part * ONE > scaled(limit) * whole : false;
}

/** Give the material of each line with its recycled and its whole mass. */
function recycledShares(inventory) {
  const masses = new Map();
  for (const { flow, input, amount } of inventory.flows.filter(isMaterial)) {
    const last = flow.lastIndexOf("/");
    const material = last > 9 ? flow.slice("materials/".length, last) : "";
    const key = `${input} ${material}`;
    const held = masses.get(key) ?? { material, recycled: 0n, total: 0n };
    const isRecycled = flow.slice(last + 1) === "recycled";
    masses.set(key, {
      material,
      recycled: held.recycled + (isRecycled ? scaled(amount) : 0n),
      total: held.total + scaled(amount),
    });
  }
  return masses.values();
}

/** Give what the batch takes: masses of the lines that end in the product, and energy of the making. */
function totalsOf(inventory) {
  const gross = grossByLine(inventory);
  const lines = inventory.net_masses.map((line) => line.input);
  return {
    net_mass: sumOf(inventory.net_masses.map((line) => scaled(line.amount))),
    gross_mass: lines.every((line) => gross.has(line)) ? sumOf(lines.map((line) => gross.get(line))) : undefined,
    energy: sumOf(inventory.flows.filter(isEnergy).map((flow) => scaled(flow.amount))),
  };
}

function grossByLine(inventory) {
  const gross = new Map();
  for (const { input, amount } of inventory.flows.filter(isMaterial)) {
    gross.set(input, (gross.get(input) ?? 0n) + scaled(amount));
  }
  return gross;
}

/** Tell whether a flow is material of the product or of its making, by mass. */
function isMaterial({ stage, unit, flow }) {
  return (stage === "materials" || stage === "making") && unit === "kg" && flow.startsWith("materials/");
}

/** Tell whether a flow is the energy of a step. */
function isEnergy({ stage, unit }) {
  return stage === "making" && unit === "kWh";
}

/** Tell whether nothing stands twice. */
export function isUnique(items) {
  return new Set(items).size === items.length;
}

function sumOf(values) {
  return values.reduce((total, value) => total + value, 0n);
}
