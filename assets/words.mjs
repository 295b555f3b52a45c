// How times are said. Pure: no DOM, no clock of its own; `now` is always an argument (ms since 1970).
// `durationWords` and `timeLeftWords` have twins in escalation_app/views.py; one table tests both.

const MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

/**
 * A length in at most two units, rounded down: "42s", "9m", "1h 06m", "1d 3h"; from ten days on
 * in days alone. The sign is ignored. */
export function durationWords(seconds) {
  const rest = Math.abs(Math.trunc(seconds));
  if (rest < MINUTE) return `${rest}s`;
  if (rest < HOUR) return `${Math.floor(rest / MINUTE)}m`;
  if (rest < DAY) {
    const minutes = Math.floor(rest % HOUR / MINUTE);
    return `${Math.floor(rest / HOUR)}h` + (minutes ? ` ${String(minutes).padStart(2, "0")}m` : "");
  }
  const hours = Math.floor(rest % DAY / HOUR);
  return `${Math.floor(rest / DAY)}d` + (hours && rest < 10 * DAY ? ` ${hours}h` : "");
}

/** What a badge says. `secondsLeft` is negative when over, or met late. */
export function timeLeftWords(state, secondsLeft, reason = "", tail = "") {
  const length = durationWords(secondsLeft);
  switch (state) {
    case "running":
      if (secondsLeft < 0) return `${length} over`;
      return secondsLeft === 0 ? "due now" : `${length} left ${tail}`.trim();
    case "paused": return reason ? `paused: ${reason}` : "paused";
    case "overpaused": return `${length} over, paused`;
    case "met": return "met";
    case "late": return `met ${length} late`;
    case "none": return reason || "no target";
    default: return "";
  }
}

/**
 * How urgent a running clock is, by the share that is left: calm above a quarter, soon from a
 * quarter down, over once past; near in addition within half an hour, whatever share that is.
 * `soon` is the instant a quarter is left when the calendar knows better than the plain share.
 */
export function urgency({ due, from, soon }, now) {
  const mark = soon ?? (from === null ? due - 4 * HOUR * 1000 : due - (due - from) / 4);
  if (now > due) return { level: "over", near: false, share: 0 };
  const late = now >= mark;
  const share = late
    ? 25 * (due - now) / Math.max(1, due - mark)
    : from === null ? 75 : 25 + 75 * (mark - now) / Math.max(1, mark - from);
  return { level: late ? "soon" : "calm", near: due - now <= 30 * MINUTE * 1000, share: Math.min(100, Math.max(0, share)) };
}

const parse = (text) => (text ? Date.parse(text) : null);

/** Everything a badge shows: {level, icon ("" for the dial), share, words, due}; null draws nothing. */
export function timeLeft({ state, due, from, soon, opens, words, reason, tail }, now) {
  const dueAt = parse(due), opensAt = parse(opens);
  if (!state) return null;
  if (state !== "running") {
    const icon = { paused: "pause", overpaused: "pause", met: "check", late: "over" }[state] ?? "minus";
    return { level: state, near: false, icon, share: 0, words: words || timeLeftWords(state, 0, reason), due: dueAt };
  }
  if (dueAt === null || Number.isNaN(dueAt)) return { level: "none", near: false, icon: "minus", share: 0, words: words || "no target", due: null };
  const u = urgency({ due: dueAt, from: parse(from), soon: parse(soon) }, now);
  if (opensAt !== null && now < opensAt && u.level !== "over") {
    return { ...u, near: false, icon: "", words: `opens ${whenWords(opensAt, now)}`, due: dueAt };
  }
  // Whole seconds: what is left rounds up, so that "due now" is said at the due instant, not before.
  const seconds = u.level === "over" ? -Math.max(1, Math.floor((now - dueAt) / 1000)) : Math.ceil((dueAt - now) / 1000);
  return { ...u, icon: u.level === "over" ? "over" : "", words: timeLeftWords("running", seconds, "", tail), due: dueAt };
}

const zoned = (zone) => (zone ? { timeZone: zone } : {});
const format = (at, options, zone) => new Intl.DateTimeFormat("en-GB", { ...options, ...zoned(zone) }).format(at);
const dayNumber = (at, zone) => {
  const [y, m, d] = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit", ...zoned(zone) }).format(at).split("-").map(Number);
  return Date.UTC(y, m - 1, d) / 86400000;
};

/** "14:41" today, "Fri 12:00" within six days, "12 Mar" beyond, "12 Mar 2025" in another year. */
export function whenWords(at, now, zone) {
  const days = dayNumber(at, zone) - dayNumber(now, zone);
  const clock = format(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, zone);
  if (days === 0) return clock;
  if (Math.abs(days) < 7) return `${format(at, { weekday: "short" }, zone)} ${clock}`;
  const sameYear = format(at, { year: "numeric" }, zone) === format(now, { year: "numeric" }, zone);
  const day = format(at, { day: "numeric" }, zone), month = format(at, { month: "short" }, zone).slice(0, 3);
  return `${day} ${month}${sameYear ? "" : " " + format(at, { year: "numeric" }, zone)}`;
}

/** The same inside a sentence about what is past: "at 14:41", "on Fri at 12:00", "on 12 Mar". */
export function pastWords(at, now, zone) {
  const words = whenWords(at, now, zone), [day, clock] = words.split(" ");
  if (!words.includes(":")) return `on ${words}`;
  return clock ? `on ${day} at ${clock}` : `at ${words}`;
}

/** The exact instant, for a title: "Thu 12 Mar 2026, 14:41:00 GMT+1". */
export function exactWords(at, zone) {
  return format(at, { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZoneName: "short" }, zone);
}

/** How long ago: "just now" under a minute, else a length. */
export function agoWords(at, now) {
  const seconds = Math.floor((now - at) / 1000);
  return seconds < 60 ? "just now" : durationWords(seconds);
}

/** Where a gauge stands: {now: percent of the line, scale: share of the line up to due}. */
export function gaugePlace({ from, due, used }, now) {
  if (used !== null) return { now: Math.min(100, used), scale: used > 100 ? 100 / used : 1 };
  if (from === null || due === null || due <= from) return { now: 0, scale: 1 };
  if (now <= due) return { now: Math.max(0, 100 * (now - from) / (due - from)), scale: 1 };
  return { now: 100, scale: (due - from) / (now - from) };
}
