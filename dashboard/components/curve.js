// Curves over a logarithmic axis: measured points with their intervals, computed lines with their bands, marks.
// The pointer and the arrow keys tell the values; names in the legend take a line out and put it back. Every text comes
// ready from the server and goes in as text, never as markup.
const RIGHT = 14, TOP = 14, BOTTOM = 48;

const scale = (axis, value) => {
  const f = axis.log ? Math.log : (v) => v;
  return (f(value) - f(axis.low)) / (f(axis.high) - f(axis.low));
};

class Curve {
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
    this.frame.onpointermove = (event) => this.tell(this.nearest(event.clientX - this.frame.getBoundingClientRect().left));
    this.frame.onpointerleave = () => this.leave();
    this.frame.onblur = () => this.leave();
    this.frame.onkeydown = (event) => this.key(event);
    this.take(data);
    new ResizeObserver(() => this.draw()).observe(this.frame);
  }

  take(data) {
    this.data = data;
    this.current = null;
    this.frame.setAttribute("aria-label", data.says);
    this.legend.replaceChildren();
    data.lines.filter((line) => line.told).forEach((line) => this.entry(line));
    this.draw();
  }

  entry(line) {
    const isOff = this.hidden.has(line.name), button = html("button", this.legend, isOff ? "off" : "");
    button.type = "button";
    button.setAttribute("aria-pressed", String(!isOff));
    const key = make("svg", button, { width: 26, height: 10, "aria-hidden": "true" });
    make("path", key, { d: "M0 5H26", stroke: line.colour, "stroke-width": line.faint ? 1.6 : 2.5, "stroke-dasharray": line.dash });
    html("span", button, "", line.name);
    button.onclick = () => {
      if (isOff) this.hidden.delete(line.name); else this.hidden.add(line.name);
      this.take(this.data);
    };
  }

  x(value) { return this.left + scale(this.data.x, value) * (this.width - this.left - RIGHT); }
  y(value) { return this.data.height - BOTTOM - scale(this.data.y, value) * (this.data.height - TOP - BOTTOM); }
  shown() { return this.data.lines.filter((line) => !this.hidden.has(line.name)); }

  draw() {
    const data = this.data, height = data.height;
    this.width = Math.max(this.frame.clientWidth, 200);
    this.left = 14 + 6.6 * Math.max(3, ...data.y.ticks.map(([, text]) => text.length));
    const svg = document.createElementNS(SVG, "svg");
    for (const [name, value] of [["viewBox", `0 0 ${this.width} ${height}`], ["height", height], ["aria-hidden", "true"]]) svg.setAttribute(name, value);
    for (const [value, text] of data.y.ticks) {
      const y = this.y(value).toFixed(1);
      make("path", svg, { class: "rule", d: `M${this.left} ${y}H${this.width - RIGHT}` });
      make("text", svg, { x: this.left - 6, y, dy: "0.32em", "text-anchor": "end" }, text);
    }
    let free = 0;
    for (const [value, text] of data.x.ticks) {
      const x = this.x(value), half = 3.4 * text.length;
      make("path", svg, { class: "rule", d: `M${x.toFixed(1)} ${TOP}V${height - BOTTOM}` });
      if (x - half < free || x + half > this.width) continue;
      free = x + half + 8;
      make("text", svg, { x: x.toFixed(1), y: height - BOTTOM + 16, "text-anchor": "middle" }, text);
    }
    make("text", svg, { x: (this.left + this.width - RIGHT) / 2, y: height - 8, "text-anchor": "middle", class: "title" }, data.x.title);
    this.marks(svg);
    for (const line of this.shown()) this.line(svg, line);
    this.cursor = make("path", svg, { class: "cursor" });
    this.frame.replaceChildren(svg);
  }

  marks(svg) {
    for (const { x: value, text } of this.data.marks) {
      const x = this.x(value), isRight = x > (this.left + this.width) / 2;
      make("path", svg, { class: "mark", d: `M${x.toFixed(1)} ${TOP}V${this.data.height - BOTTOM}` });
      make("text", svg, { class: "said", x: (x + (isRight ? -5 : 5)).toFixed(1), y: TOP + 10, "text-anchor": isRight ? "end" : "start" }, text);
    }
  }

  line(svg, line) {
    const p = (x, y) => `${this.x(x).toFixed(1)} ${this.y(y).toFixed(1)}`, group = make("g", svg, { class: line.faint ? "faint" : "" });
    const known = line.points.filter(([, , low, high]) => low !== null && high !== null);
    if (line.measured) {
      const d = known.map(([x, , low, high]) => `M${p(x, low)}L${p(x, high)}`).join("");
      if (d) make("path", group, { class: "interval", stroke: line.colour, d });
    } else if (known.length > 1) {
      const up = known.map(([x, , , high]) => p(x, high)), down = known.map(([x, , low]) => p(x, low)).reverse();
      make("path", group, { class: "band", fill: line.colour, d: `M${[...up, ...down].join("L")}Z` });
    }
    if (!line.points.length) return;
    make("path", group, { class: "line", stroke: line.colour, "stroke-dasharray": line.dash, d: `M${line.points.map(([x, y]) => p(x, y)).join("L")}` });
    if (line.measured) make("path", group, { class: "dot", stroke: line.colour, d: line.points.map(([x, y]) => `M${p(x, y)}h0.01`).join("") });
  }

  nearest(x) {
    let found = null, least = Infinity;
    this.data.told.forEach(([value], i) => {
      const away = Math.abs(this.x(value) - x);
      if (away < least) [found, least] = [i, away];
    });
    return found;
  }

  tell(at) {
    if (at === null) return;
    this.current = at;
    const [value, text] = this.data.told[at], x = this.x(value);
    this.cursor.setAttribute("d", `M${x.toFixed(1)} ${TOP}V${this.data.height - BOTTOM}`);
    this.tip.replaceChildren();
    html("div", this.tip, "head", text);
    for (const line of this.shown()) {
      const found = line.told && line.points.find(([place]) => place === value);
      if (!found) continue;
      const row = html("div", this.tip, "row");
      html("span", row, "key").style.background = line.colour;
      html("span", row, "", line.name);
      html("b", row, "", found[4]);
      if (found[5]) html("span", row, "quiet", found[5]);
    }
    this.tip.hidden = false;
    const width = this.tip.offsetWidth;
    this.tip.style.left = `${Math.max(0, x + 14 + width > this.width ? x - width - 14 : x + 14)}px`;
  }

  leave() { this.tip.hidden = true; this.cursor.setAttribute("d", ""); }

  key(event) {
    const last = this.data.told.length - 1, now = this.current ?? -1;
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: last }[event.key];
    if (event.key === "Escape") this.leave();
    else if (to === undefined || last < 0) return;
    else this.tell(Math.min(last, Math.max(0, to)));
    event.preventDefault();
  }
}

const drawn = new WeakMap();

export default function ({ data, parentElement }) {
  const before = drawn.get(parentElement);
  if (before) { before.take(data); return; }
  drawn.set(parentElement, new Curve(html("div", parentElement, "curve"), data));
}
