/** ISO 8601 weeks: the steps in which labels of scopes are drawn for another audit, in UTC. Mirrors tlog/week.py. */
const DAY_MS = 86400000;
const WEEK_MS = 7 * DAY_MS;

/** Give the week of a date or timestamp: `2026-W47` for `2026-11-20`; a week belongs to the year of its Thursday. */
export function weekOf(day) {
  const thursday = mondayOf(day) + 3 * DAY_MS;
  const year = new Date(thursday).getUTCFullYear();
  const week = Math.floor((thursday - Date.UTC(year, 0, 1)) / WEEK_MS) + 1;
  return `${year}-W${String(week).padStart(2, "0")}`;
}

/** Count weeks from one day to another: 1 in the week of the first. */
export function weekNumber(day, first) {
  return (mondayOf(day) - mondayOf(first)) / WEEK_MS + 1;
}

function mondayOf(day) {
  const at = Date.parse(`${day.slice(0, 10)}T00:00:00Z`);
  return at - ((new Date(at).getUTCDay() + 6) % 7) * DAY_MS;
}
