/** Whether the clock of this device can be relied on: it is held against the one of the server. */

const MAX_CLOCK_DIFFERENCE_MS = 3600000;

/** Tell whether an answer that came just now says another time than this device. */
export function isClockWrong(answer) {
  const served = Date.parse(answer.headers.get("date") ?? "");
  return Math.abs(served - Date.now()) > MAX_CLOCK_DIFFERENCE_MS;
}
