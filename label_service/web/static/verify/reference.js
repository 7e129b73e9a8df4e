/** The mass-produced alternative as terms: `market` from a record, `same_design` from the family. Mirrors impact/reference.py. */
import { PARTS, factorOf, loadsOf, termOf } from "./characterize.js";
import { MissingFactor } from "./errors.js";
import { log } from "./functions.js";
import { defaultOf, disposalRoute, legsOf, numberOf, textOf } from "./lookup.js";

export const SAME_DESIGN = "same_design";
export const MIN_WEIGHED_SAMPLES = 5;

/** Collects the contributions of a reference, per item. */
class Side {
  constructor(rows, year) {
    this.rows = rows;
    this.year = year;
    this.contributions = [];
  }

  add(stage, flow, amount, loads) {
    const factor = factorOf(this.rows, flow, this.year);
    const term = termOf(amount, factor, flow, loads);
    if (term) {
      const proxyShare = Number(factor.isProxy);
      this.contributions.push({ stage, flow, term, defaultShare: 0, proxyShare, isBoughtPart: false });
    }
  }

  /** Add material at the market recycled share; where that is unknown, the lower of the two values. */
  material(stage, material, massKg, loads) {
    const row = this.rows.row("materials", material);
    const [virgin, recycled] = [row.kgco2e_per_kg_virgin, textOf(row, "kgco2e_per_kg_recycled")];
    let share = recycled ? numberOf(row.market_recycled_share ?? "0") : 0;
    if (recycled && !("market_recycled_share" in row) && numberOf(recycled) < numberOf(virgin)) share = 1;
    if (1 - share) this.add(stage, `materials/${material}/virgin`, massKg * (1 - share), loads);
    if (share) this.add(stage, `materials/${material}/recycled`, massKg * share, loads);
  }

  /** Add the disposal of a material by the one route of its category. */
  dispose(stage, material, massKg, loads) {
    const row = this.rows.row("materials", material);
    if (massKg > 0 && row.includes_end_of_life === "no") {
      this.add(stage, `end_of_life/${material}/${disposalRoute(this.rows, row)}`, massKg, loads);
    }
  }

  /** Walk the route of a record backwards from the net mass; `last_*` columns replace those of the last step. */
  make(material, netKg, loads, record, country) {
    let massKg = netKg;
    const steps = record.route.split(">").filter((name) => name !== "hand_tools");
    for (const [position, name] of steps.reverse().entries()) {
      const row = this.rows.row("processes", name);
      const kwhPerKg = numberOf((position === 0 && textOf(record, "last_kwh_per_kg")) || row.kwh_per_kg_typ);
      const own = new Map([...loads, [`process:${name}`, log(numberOf(row.kwh_gsd))]]);
      this.energy(row, massKg * kwhPerKg, own, country);
      const scrap = position === 0 ? textOf(record, "last_scrap_fraction") : textOf(row, "scrap_fraction_typ");
      massKg /= 1 - numberOf(scrap ?? "0");
    }
    this.material("materials", material, massKg, loads);
    this.dispose("making", material, massKg - netKg, loads);
    this.dispose("end_of_life", material, netKg, loads);
  }

  energy(process, kwh, loads, country) {
    const isElectric = process.energy_carrier === "electricity";
    const carrier = isElectric
      ? `grid/${country}`
      : `fuel/${defaultOf(this.rows, "stage", "heat_reference", "fuel") ?? "None"}`;
    this.add("making", `electricity/${carrier}`, kwh, loads);
  }

  /** Add packaging, its disposal and the fixed legs; goods and packaging are given in kg with their loads. */
  deliver(legs, goods, packaging) {
    const masses = [goods];
    if (packaging.material && packaging.massKg > 0) {
      this.material("packaging", packaging.material, packaging.massKg, packaging.loads);
      this.dispose("end_of_life", packaging.material, packaging.massKg, packaging.loads);
      masses.push(packaging);
    }
    for (const { mode, km } of legsOf(legs)) {
      for (const { massKg, loads } of masses) {
        this.add("distribution", `transport/${mode}`, (massKg * km) / 1000, loads);
      }
    }
  }
}

/** Give the contributions of a market record, scaled to the function of one item. */
export function market(refId, inventory, rows) {
  const record = rows.row("references", refId);
  if (textOf(record, "missing")) throw new MissingFactor(`${refId}: ${record.missing}`);
  const scale = numberOf(inventory.function ?? "1") / numberOf(record.function_quantity);
  const loads = new Map([[`mass:${refId}`, log(numberOf(record.mass_gsd))]]);
  const side = new Side(rows, inventory.year);
  for (const part of record.parts) {
    const perItem = textOf(part, "last_kwh_per_item");
    const partKg = numberOf(part.mass_kg);
    const own = perItem ? { ...part, last_kwh_per_kg: String(numberOf(perItem) / partKg) } : part;
    side.make(part.material_id, partKg * scale, loads, own, record.making_iso3);
  }
  const packaging = {
    material: textOf(record, "packaging_material_id"),
    massKg: numberOf(textOf(record, "packaging_kg") ?? "0") * scale,
    loads,
  };
  side.deliver(record.legs, { massKg: numberOf(record.mass_kg) * scale, loads }, packaging);
  return side.contributions;
}

/** Give the contributions of the same net masses made by the mass process, packed and brought to the shop. */
export function sameDesign(inventory, rows, product) {
  const [side, family] = alike(inventory, rows, product);
  const [netKg, widest] = [netKgOf(inventory), widestOf(inventory)];
  const packaging = {
    material: textOf(family, "packaging_material_id"),
    massKg: netKg * numberOf(textOf(family, "packaging_kg_per_kg") ?? "0"),
    loads: new Map([...widest, ["reference_packaging", log(numberOf(textOf(family, "packaging_gsd") ?? "1"))]]),
  };
  side.deliver(family.legs, { massKg: netKg, loads: widest }, packaging);
  return side.contributions;
}

/** Give `same_design` without packaging and transport: what a product is held against that is built into another. */
export function madeAlike(inventory, rows, product) {
  return alike(inventory, rows, product)[0].contributions;
}

/** Make the net masses by the mass process; bought-in parts are equal on both sides, others have a reference. */
function alike(inventory, rows, product) {
  const family = rows.row("families", inventory.family);
  if (textOf(family, "missing")) throw new MissingFactor(`same_design of ${inventory.family}: ${family.missing}`);
  const side = new Side(rows, inventory.year);
  for (const line of inventory.net_masses) {
    const massKg = numberOf(line.amount) / inventory.quantity;
    const record = { ...family, route: family.mass_route };
    side.make(line.material, massKg, loadsOf(line.loads), record, family.making_iso3);
  }
  side.contributions.push(...product.filter((item) => item.isBoughtPart));
  const parts = PARTS.weightsOf(inventory, "reference");
  for (const flow of inventory.flows) {
    if (parts.has(flow.flow)) {
      side.contributions.push(PARTS.contribution(flow, parts.get(flow.flow), inventory.quantity));
    }
  }
  return [side, family];
}

function widestOf(inventory) {
  const widest = new Map();
  for (const line of inventory.net_masses) {
    for (const [name, load] of loadsOf(line.loads)) widest.set(name, Math.max(widest.get(name) ?? 0, load));
  }
  return widest;
}

/** Give the mass of one item: its lines, then what was bought in, then its parts. */
function netKgOf(inventory) {
  let total = 0;
  for (const line of inventory.net_masses) total += numberOf(line.amount) / inventory.quantity;
  return total + boughtKg(inventory) / inventory.quantity;
}

/** Give the mass of what somebody else made and that ends in the product, of the whole batch. */
export function boughtKg(inventory) {
  const parts = new Map((inventory.parts ?? []).map((part) => [[...PARTS.weightsOf({ parts: [part] }, "own").keys()][0], part]));
  let total = 0;
  for (const flow of inventory.flows) {
    if (parts.has(flow.flow)) total += numberOf(flow.amount) * numberOf(parts.get(flow.flow).mass_kg);
    else if (flow.bought_part && flow.stage === "materials") total += numberOf(flow.amount);
  }
  return total;
}
