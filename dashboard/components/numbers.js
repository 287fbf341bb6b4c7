// Numbers, ticks and times as people read them.
const PREFIXES = [[1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"]];
const PLAIN = { symbol: "", prefixed: false };

// As Python's `g` has it: an exponent where more digits than n would stand before the point, or four noughts behind it.
function digits(value, n) {
  const rounded = Number(value.toPrecision(n)), exponent = Number(rounded.toExponential().split("e")[1]);
  return exponent >= n || exponent < -4
    ? rounded.toExponential().replace(/e([+-])(\d)$/, "e$10$2") : String(rounded);
}

function toEven(value) {
  const below = Math.floor(value);
  return value - below === 0.5 ? below + Math.abs(below % 2) : Math.round(value);
}

export function show(value, unit) {
  if (!unit.prefixed) {
    const whole = Number.isInteger(value) || (Math.abs(value) >= 1e3 && Math.abs(value) < 1e15);
    const number = whole && Math.abs(value) < 1e15
      ? toEven(value).toLocaleString("en-US") : digits(value, 4);
    return `${number} ${unit.symbol}`.trim();
  }
  if (value === 0) return `0 ${unit.symbol}`;
  for (const [factor, prefix] of PREFIXES) {
    if (Math.abs(value) >= factor * 0.99995) return `${digits(value / factor, 4)} ${prefix}${unit.symbol}`;
  }
  return `${digits(value / 1e-9, 3)} n${unit.symbol}`;
}

// Two numbers with their unit once, where both have the same: 7.33 – 7.48 µs.
function between(lower, upper, unit) {
  const [low, high] = [show(lower, unit), show(upper, unit)], of = (text) => text.slice(text.lastIndexOf(" "));
  return low.includes(" ") && of(low) === of(high) ? `${low.slice(0, low.lastIndexOf(" "))} – ${high}` : `${low} – ${high}`;
}

// After / before as text: a change in percent, from twice or half on a factor.
function showRatio(ratio) {
  if (ratio > 0.5 && ratio < 2) return `${ratio < 1 ? "−" : "+"}${Math.abs(100 * (ratio - 1)).toFixed(1)} %`;
  return `× ${ratio >= 100 ? Math.round(ratio).toLocaleString("en-US") : digits(ratio, 3)}`;
}

function ticks(low, high, log) {
  if (log) {
    const found = [], steps = Math.log10(high / low) <= 3 ? [1, 2, 5] : [1];
    for (let d = Math.floor(Math.log10(low)) - 1; d <= Math.ceil(Math.log10(high)); d += 1) {
      for (const step of steps) { const v = Number(`${step}e${d}`); if (v >= low && v <= high) found.push(v); }
    }
    if (found.length > 1) return found;
  }
  const raw = (high - low) / 6, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((s) => s * power >= raw) * power, found = [];
  for (let i = Math.ceil(low / step); i * step <= high; i += 1) found.push(i * step);
  return found;
}

const HOUR = 3600e3, DAY = 24 * HOUR;

// Moments between two (milliseconds since 1970) at which a calendar turns, at most n of them, each with its name, UTC.
function dates(low, high, n) {
  for (const step of [HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY]) {
    if ((high - low) / step > n) continue;
    const found = [];
    for (let at = Math.ceil(low / step) * step; at <= high; at += step) {
      const text = new Date(at).toISOString();
      found.push([at, step < DAY ? `${text.slice(5, 10)} ${text.slice(11, 16)}` : text.slice(0, 10)]);
    }
    return found;
  }
  const months = (high - low) / (30 * DAY), step = [1, 2, 3, 6, 12, 24, 60, 120].find((s) => months / s <= n) || 600;
  const found = [], from = new Date(low);
  let month = 12 * from.getUTCFullYear() + from.getUTCMonth();
  for (month = Math.ceil(month / step) * step; ; month += step) {
    const at = Date.UTC(Math.floor(month / 12), month % 12);
    if (at > high) return found;
    if (at >= low) found.push([at, new Date(at).toISOString().slice(0, step < 12 ? 7 : 4)]);
  }
}
