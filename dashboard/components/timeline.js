// Lines over commits: intervals, samples, failures, events. Drag to look closer, double click or Escape to see all again;
// arrow keys go from commit to commit. Whatever comes from the store goes in as text, never as markup.
const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 380, LEFT = 72, RIGHT = 12, TOP = 12, BOTTOM = 62, MOST_DOTS = 4000;
const PREFIXES = [[1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"]];

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

function make(tag, parent, attributes = {}, text) {
  const made = parent.appendChild(document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function html(tag, parent, className, text) {
  const made = parent.appendChild(document.createElement(tag));
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function ticks(low, high, log) {
  if (log) {
    const found = [], steps = Math.log10(high / low) <= 3 ? [1, 2, 5] : [1];
    for (let d = Math.floor(Math.log10(low)) - 1; d <= Math.ceil(Math.log10(high)); d += 1) {
      for (const step of steps) { const v = Number(`${step}e${d}`); if (v >= low && v <= high) found.push(v); }
    }
    return found;
  }
  const raw = (high - low) / 6, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((s) => s * power >= raw) * power, found = [];
  for (let i = Math.ceil(low / step); i * step <= high; i += 1) found.push(i * step);
  return found;
}

function range(data, seen, hidden) {
  let low = Infinity, high = -Infinity;
  const take = (v) => { if (v !== null) { low = Math.min(low, v); high = Math.max(high, v); } };
  data.lines.forEach((line, i) => {
    if (hidden.has(i)) return;
    for (const [at, value, lower, upper, , samples] of line.points) {
      if (at < seen[0] || at > seen[1]) continue;
      take(value); take(lower); take(upper); samples.forEach(take);
    }
  });
  data.levels.forEach((level) => take(level.value));
  if (low > high) return data.log ? [0.1, 10] : [0, 1];
  if (data.log) { const room = Math.max((high / low) ** 0.06, 1.01); return [low / room, high * room]; }
  // The scale is never so fine that the last bits of equal values look like something.
  const room = Math.max(0.06 * (high - low), 0.01 * Math.max(Math.abs(low), Math.abs(high)), 1e-300);
  return [low - room, high + room];
}

class Timeline {
  constructor(root, data) {
    this.root = root;
    this.hidden = new Set();
    this.legend = html("div", root, "legend");
    this.frame = html("div", root, "plot");
    this.frame.tabIndex = 0;
    this.frame.setAttribute("role", "img");
    this.tip = html("div", root, "tip");
    this.tip.setAttribute("role", "status");
    this.tip.hidden = true;
    this.watch();
    this.take(data);
    new ResizeObserver(() => this.draw()).observe(this.frame);
  }

  take(data) {
    const isSame = this.data && this.data.commits.length === data.commits.length;
    this.data = data;
    if (!isSame) this.seen = [0, Math.max(data.commits.length - 1, 0)];
    this.frame.setAttribute("aria-label", data.says);
    this.legend.replaceChildren();
    if (data.lines.length > 1) data.lines.forEach((line, i) => this.entry(line, i));
    this.draw();
  }

  entry(line, i) {
    const button = html("button", this.legend, this.hidden.has(i) ? "off" : "");
    button.type = "button";
    button.setAttribute("aria-pressed", String(!this.hidden.has(i)));
    const key = make("svg", button, { width: 26, height: 10, "aria-hidden": "true" });
    make("path", key, { d: "M0 5H26", stroke: line.colour, "stroke-width": 2.5, "stroke-dasharray": line.dash });
    html("span", button, "", line.name);
    button.onclick = () => {
      if (this.hidden.has(i)) this.hidden.delete(i); else this.hidden.add(i);
      this.take(this.data);
    };
  }

  x(at) { const [a, b] = this.seen; return LEFT + ((at - a + 0.5) / (b - a + 1)) * (this.width - LEFT - RIGHT); }
  at(x) {
    const [a, b] = this.seen, found = Math.round(a - 0.5 + ((x - LEFT) / (this.width - LEFT - RIGHT)) * (b - a + 1));
    return Math.min(b, Math.max(a, found));
  }
  y(value) {
    const [low, high] = this.span, scale = this.data.log ? Math.log : (v) => v;
    return HEIGHT - BOTTOM - ((scale(value) - scale(low)) / (scale(high) - scale(low))) * (HEIGHT - TOP - BOTTOM);
  }

  draw() {
    this.width = Math.max(this.frame.clientWidth, 200);
    this.span = range(this.data, this.seen, this.hidden);
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${this.width} ${HEIGHT}`);
    svg.setAttribute("height", HEIGHT);
    svg.setAttribute("aria-hidden", "true");
    this.axes(svg);
    const clip = make("clipPath", svg, { id: "pw-clip" });
    make("rect", clip, { x: LEFT, y: 0, width: this.width - LEFT - RIGHT, height: HEIGHT });
    const inside = make("g", svg, { "clip-path": "url(#pw-clip)" });
    this.marks(inside);
    this.data.lines.forEach((line, i) => { if (!this.hidden.has(i)) this.line(inside, line); });
    this.cursor = make("path", svg, { class: "cursor" });
    this.box = make("rect", svg, { class: "box", y: TOP, height: HEIGHT - TOP - BOTTOM });
    this.frame.replaceChildren(svg);
  }

  axes(svg) {
    for (const value of ticks(...this.span, this.data.log)) {
      const y = this.y(value).toFixed(1);
      make("path", svg, { class: "rule", d: `M${LEFT} ${y}H${this.width - RIGHT}` });
      make("text", svg, { x: LEFT - 6, y, dy: "0.32em", "text-anchor": "end" }, show(Number(value.toPrecision(12)), this.data.unit));
    }
    const [a, b] = this.seen, room = Math.max(1, Math.ceil((b - a + 1) / Math.max(1, (this.width - LEFT) / 74)));
    for (let at = a; at <= b; at += room) {
      const x = this.x(at).toFixed(1), y = HEIGHT - BOTTOM + 14;
      make("text", svg, { x, y, class: "commit", transform: `rotate(-32 ${x} ${y})`, "text-anchor": "end" }, this.data.commits[at][0]);
    }
    for (const level of this.data.levels) {
      const y = this.y(level.value);
      make("path", svg, { class: "level", d: `M${LEFT} ${y.toFixed(1)}H${this.width - RIGHT}` });
      make("text", svg, { x: LEFT + 4, y: (y - 4).toFixed(1), class: "said" }, level.text);
    }
  }

  marks(parent) {
    for (const mark of this.data.marks) {
      if (mark.at < this.seen[0] || mark.at > this.seen[1]) continue;
      // Between the commit that was as before and the one that is not.
      const x = this.x(mark.at - 0.5).toFixed(1);
      make("path", parent, { class: `mark ${mark.tone}`, d: `M${x} ${TOP}V${HEIGHT - BOTTOM}` });
      make("title", parent.lastChild, {}, mark.text);
    }
  }

  line(parent, line) {
    const from = this.seen[0] - 1, to = this.seen[1] + 1;
    const points = line.points.filter(([at]) => at >= from && at <= to);
    let stretch = [];
    const stretches = [];
    for (const point of points) {
      if (!point[4] && stretch.length) { stretches.push(stretch); stretch = []; }
      stretch.push(point);
    }
    if (stretch.length) stretches.push(stretch);
    const p = (at, v) => `${this.x(at).toFixed(1)} ${this.y(v).toFixed(1)}`;
    for (const part of stretches) {
      const known = part.filter(([, , low, high]) => low !== null && high !== null);
      if (known.length > 1) {
        const up = known.map(([at, , , high]) => p(at, high)), down = known.map(([at, , low]) => p(at, low)).reverse();
        make("path", parent, { class: "band", fill: line.colour, d: `M${[...up, ...down].join("L")}Z` });
      } else if (known.length) {
        const [at, , low, high] = known[0];
        make("path", parent, { stroke: line.colour, "stroke-width": 2, d: `M${p(at, low)}L${p(at, high)}` });
      }
    }
    const dots = points.flatMap(([at, , , , , samples]) => samples.map((v) => `M${p(at, v)}h0.01`));
    if (dots.length) make("path", parent, { class: "sample", stroke: line.colour, d: dots.slice(0, 40000).join("") });
    const path = stretches.map((part) => `M${part.map(([at, v]) => p(at, v)).join("L")}`).join("");
    make("path", parent, { class: "line", stroke: line.colour, "stroke-dasharray": line.dash, d: path });
    const shown = this.seen[1] - this.seen[0];
    const isAlone = stretches.filter((part) => part.length === 1).flat();
    const marked = shown < 160 && points.length < MOST_DOTS ? points : isAlone;
    make("path", parent, { class: "dot", stroke: line.colour, d: marked.map(([at, v]) => `M${p(at, v)}h0.01`).join("") });
    for (const at of line.failed) {
      if (at >= this.seen[0] && at <= this.seen[1]) {
        const mark = make("text", parent, { class: "failed", x: this.x(at).toFixed(1), y: HEIGHT - BOTTOM - 4, "text-anchor": "middle" }, "✕");
        make("title", mark, {}, `${line.name} failed`);
      }
    }
  }

  point(at) {
    this.current = at;
    const [label, subject, when] = this.data.commits[at];
    this.cursor.setAttribute("d", `M${this.x(at).toFixed(1)} ${TOP}V${HEIGHT - BOTTOM}`);
    this.tip.replaceChildren();
    html("div", this.tip, "head", [label, subject].filter(Boolean).join("  "));
    if (when) html("div", this.tip, "quiet", when);
    this.data.lines.forEach((line, i) => {
      if (this.hidden.has(i)) return;
      const found = line.points.find(([place]) => place === at);
      if (!found && !line.failed.includes(at)) return;
      const row = html("div", this.tip, "row");
      html("span", row, "key").style.background = line.colour;
      if (this.data.lines.length > 1) html("span", row, "", line.name);
      if (!found) { html("b", row, "", "failed"); return; }
      const [, value, lower, upper, , samples] = found;
      html("b", row, "", show(value, this.data.unit));
      if (lower !== null && upper !== null) {
        html("span", row, "quiet", `99 %: ${show(lower, this.data.unit)} – ${show(upper, this.data.unit)}`);
      }
      if (samples.length) html("span", row, "quiet", `${samples.length} samples`);
    });
    for (const mark of this.data.marks) if (mark.at === at) html("div", this.tip, `said ${mark.tone}`, mark.text);
    this.tip.hidden = false;
    const x = this.x(at), width = this.tip.offsetWidth;
    this.tip.style.left = `${Math.max(0, x + 14 + width > this.width ? x - width - 14 : x + 14)}px`;
  }

  leave() { this.tip.hidden = true; this.cursor.setAttribute("d", ""); }

  zoom(a, b) {
    const last = this.data.commits.length - 1;
    this.seen = [Math.max(0, Math.min(a, b)), Math.min(last, Math.max(a, b))];
    this.leave();
    this.draw();
  }

  watch() {
    const place = (event) => event.clientX - this.frame.getBoundingClientRect().left;
    let from = null;
    this.frame.onpointermove = (event) => {
      if (!this.data.commits.length) return;
      this.point(this.at(place(event)));
      if (from === null) return;
      const [a, b] = [from, place(event)].sort((p, q) => p - q);
      this.box.setAttribute("x", a);
      this.box.setAttribute("width", b - a);
    };
    this.frame.onpointerdown = (event) => { from = place(event); this.frame.setPointerCapture(event.pointerId); };
    this.frame.onpointerup = (event) => {
      const to = place(event), begun = from;
      from = null;
      this.box.setAttribute("width", 0);
      if (begun !== null && Math.abs(to - begun) > 8) this.zoom(this.at(begun), this.at(to));
    };
    this.frame.onpointerleave = () => { if (from === null) this.leave(); };
    const all = () => this.zoom(0, this.data.commits.length - 1);
    this.frame.ondblclick = all;
    this.frame.onkeydown = (event) => {
      const [a, b] = this.seen, now = this.current ?? b, span = b - a;
      const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: a, End: b }[event.key];
      if (to !== undefined) this.point(Math.min(b, Math.max(a, to)));
      else if (event.key === "+") this.zoom(now - Math.ceil(span / 4), now + Math.ceil(span / 4));
      else if (event.key === "-") this.zoom(a - Math.ceil(span / 2), b + Math.ceil(span / 2));
      else if (event.key === "Escape") all();
      else return;
      event.preventDefault();
    };
    this.frame.onblur = () => this.leave();
  }
}

const drawn = new WeakMap();

export default function ({ data, parentElement }) {
  const before = drawn.get(parentElement);
  if (before) { before.take(data); return; }
  const root = html("div", parentElement, "timeline");
  drawn.set(parentElement, new Timeline(root, data));
}
