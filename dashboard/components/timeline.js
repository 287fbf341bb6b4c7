// Lines over commits or over the values of a parameter: intervals, samples, failures, levels, events. Drag to look closer,
// double click or Escape to see all again; arrow keys go from column to column, Enter or a click on a point opens its commit.
// Whatever comes from the store goes in as text, never as markup.
const MOST_DOTS = 4000, NARROW = 760, NEAR = 14;

class Timeline {
  constructor(root, data) {
    this.root = root;
    this.hidden = new Set();
    this.tools = html("div", root, "tools");
    this.legend = html("div", root, "legend");
    this.frame = html("div", root, "plot");
    this.frame.tabIndex = 0;
    this.frame.setAttribute("role", "img");
    this.tip = html("div", root, "tip");
    this.tip.setAttribute("role", "status");
    this.tip.hidden = true;
    this.whole = this.tool("Show all", "Show all commits again", () => this.all());
    this.tool("SVG", "Save the chart as SVG", () => saveAsSvg(this.picture(), this.data.file));
    this.tool("PNG", "Save the chart as PNG", () => saveAsPng(this.picture(), this.data.file));
    watch(this);
    this.take(data);
    new ResizeObserver(() => { if (this.frame.clientWidth !== this.width) this.draw(); }).observe(this.frame);
  }

  tool(text, says, act) {
    const button = html("button", this.tools, "", text);
    button.type = "button";
    button.title = says;
    button.setAttribute("aria-label", says);
    button.onclick = act;
    return button;
  }

  get last() { return Math.max(this.data.commits.length - 1, 0); }

  take(data) {
    const key = JSON.stringify([data.axis.kind, data.commits.length, data.commits[0]]);
    this.data = data;
    if (this.key !== key) this.seen = data.seen || [0, this.last];
    this.key = key;
    this.frame.setAttribute("aria-label", data.says);
    this.legend.replaceChildren();
    if (data.lines.length > 1) data.lines.forEach((line, i) => this.entry(line, i));
    this.draw();
  }

  entry(line, i) {
    const button = html("button", this.legend, this.hidden.has(i) ? "off" : "");
    button.type = "button";
    button.title = line.name;
    button.setAttribute("aria-pressed", String(!this.hidden.has(i)));
    const key = make("svg", button, { width: 26, height: 10, "aria-hidden": "true" });
    make("path", key, { d: "M0 5H26", stroke: line.colour, "stroke-width": 2.5, "stroke-dasharray": line.dash, opacity: line.faint ? 0.5 : 1 });
    html("span", button, "", line.name);
    button.onclick = () => {
      if (this.hidden.has(i)) this.hidden.delete(i); else this.hidden.add(i);
      button.className = this.hidden.has(i) ? "off" : "";
      button.setAttribute("aria-pressed", String(!this.hidden.has(i)));
      this.draw();
      this.stress(this.hidden.has(i) ? null : i);
    };
    button.onpointerenter = button.onfocus = () => this.stress(i);
    button.onpointerleave = button.onblur = () => this.stress(null);
  }

  stress(i) {
    const isOne = i !== null && !this.hidden.has(i);
    for (const group of this.frame.querySelectorAll(".series")) {
      group.classList.toggle("dim", isOne && group.dataset.line !== String(i));
    }
  }

  y(value) { return this.values.y(value); }
  x(at) { return this.columns.x(at); }

  draw() {
    const { data, seen } = this, begun = performance.now();
    this.width = Math.max(this.frame.clientWidth, 200);
    const isBeside = this.width >= NARROW && data.lines.length > 1 && data.lines.length * 20 < HEIGHT - BOTTOM;
    this.legend.classList.toggle("beside", isBeside);
    this.right = isBeside ? Math.min(0.3 * this.width, Math.max(...[...this.legend.children].map((b) => b.scrollWidth)) + 14) : 12;
    this.columns = new Columns(data.axis, data.commits.length, seen, this.width, this.right);
    this.values = new Values(range(data, seen, this.hidden), data.log, data.unit);
    const svg = document.createElementNS(SVG, "svg"), edge = this.width - this.right;
    for (const [name, value] of Object.entries({ viewBox: `0 0 ${this.width} ${HEIGHT}`, height: HEIGHT, "aria-hidden": "true" })) svg.setAttribute(name, value);
    this.values.draw(svg, edge);
    if (data.commits.length) this.columns.draw(svg, data.commits.map(([label]) => label));
    this.levels(svg, edge);
    Timeline.drawings = (Timeline.drawings || 0) + 1;
    const id = `inside-${Timeline.drawings}`;
    make("rect", make("clipPath", svg, { id }), { x: LEFT, y: 0, width: edge - LEFT, height: HEIGHT });
    const inside = make("g", svg, { "clip-path": `url(#${id})` });
    this.marks(inside);
    data.lines.forEach((line, i) => {
      if (!this.hidden.has(i)) drawLine(this, make("g", inside, { class: line.faint ? "series faint" : "series", "data-line": i }), line);
    });
    this.svg = svg;
    // What follows the pointer is a drawing of its own: moving it must not paint thousands of samples again.
    const over = make("svg", document.createElement("div"), { viewBox: `0 0 ${this.width} ${HEIGHT}`, height: HEIGHT, "aria-hidden": "true", class: "over" });
    this.cursor = make("path", over, { class: "cursor" });
    this.here = make("g", over, {});
    this.box = make("rect", over, { class: "box", y: TOP, height: HEIGHT - TOP - BOTTOM });
    this.frame.replaceChildren(svg, over);
    this.names(isBeside);
    this.whole.hidden = seen[0] === 0 && seen[1] === this.last;
    this.frame.dataset.drawnIn = (performance.now() - begun).toFixed(1);
  }

  levels(svg, edge) {
    for (const level of this.data.levels) {
      const y = this.y(level.value);
      make("path", svg, { class: "level", d: `M${LEFT} ${y.toFixed(1)}H${edge}` });
      make("text", svg, { x: LEFT + 4, y: (y - 4).toFixed(1), class: "said" }, level.text);
    }
  }

  // Beside the drawing each name stands where its line ends, pushed apart where they would touch.
  names(isBeside) {
    this.placed = this.data.lines.map((line, i) => {
      const seen = line.points.filter(([at]) => at >= this.seen[0] && at <= this.seen[1]);
      return { i, line, x: this.width - this.right + 8, y: isBeside ? (seen.length ? this.y(seen[seen.length - 1][1]) : HEIGHT - BOTTOM) : null };
    });
    if (!isBeside) { for (const button of this.legend.children) button.style.top = button.style.left = button.style.maxWidth = ""; return; }
    const order = [...this.placed].sort((a, b) => a.y - b.y), low = TOP + 4, high = HEIGHT - BOTTOM - 2;
    order.forEach((one, k) => { one.y = Math.max(one.y, k ? order[k - 1].y + 20 : low); });
    [...order].reverse().forEach((one, k, all) => { one.y = Math.min(one.y, k ? all[k - 1].y - 20 : high); });
    for (const { i, x, y } of order) Object.assign(this.legend.children[i].style, { left: `${x}px`, top: `${y - 10}px`, maxWidth: `${this.right - 8}px` });
  }

  marks(parent) {
    for (const mark of this.data.marks) {
      if (mark.at < this.seen[0] || mark.at > this.seen[1]) continue;
      // Between the commit that was as before and the one that is not.
      const x = this.columns.edge(mark.at).toFixed(1);
      make("path", parent, { class: `mark ${mark.tone}`, d: `M${x} ${TOP}V${HEIGHT - BOTTOM}` });
      make("title", parent.lastChild, {}, mark.text);
    }
  }

  point(at) {
    this.current = at;
    this.cursor.setAttribute("d", `M${this.x(at).toFixed(1)} ${TOP}V${HEIGHT - BOTTOM}`);
    this.here.replaceChildren();
    const found = tell(this, at);
    for (const { line, point } of found) {
      if (point) make("circle", this.here, { cx: this.x(at), cy: this.y(point[1]), r: 4, fill: line.colour, class: "now" });
    }
    this.tip.hidden = false;
    this.place(at);
  }

  // Beside the pointer where there is room; on a telephone above the drawing, so that no finger hides it, or below it.
  place(at) {
    const { tip, frame } = this, x = this.x(at), width = tip.offsetWidth, height = tip.offsetHeight;
    let left = x > this.width / 2 ? x - width - 14 : x + 14, top = frame.offsetTop + TOP;
    if (this.width < 600) {
      const { top: above, bottom } = frame.getBoundingClientRect();
      left = 0;
      if (above > height + 70) top = frame.offsetTop - height;
      else if (window.innerHeight - bottom > height) top = frame.offsetTop + HEIGHT;
    }
    Object.assign(tip.style, { left: `${Math.max(0, Math.min(left, this.width - width))}px`, top: `${top}px` });
  }

  // The values of a column that stand within a few pixels of a place.
  touches(at, y) {
    return this.data.lines.some((line, i) => !this.hidden.has(i)
      && line.points.some(([place, value]) => place === at && Math.abs(this.y(value) - y) < NEAR));
  }

  open(at) {
    const { open } = this.data;
    if (!open) return;
    if (open.hashes) window.open(open.base + open.hashes[at], "_blank", "noopener");
    else this.asked({ open: this.data.commits[at][0] });
  }

  leave() { this.tip.hidden = true; this.cursor.setAttribute("d", ""); this.here.replaceChildren(); }

  all() { this.zoom(0, this.last); }

  zoom(a, b) {
    this.seen = [Math.max(0, Math.min(a, b)), Math.min(this.last, Math.max(a, b))];
    this.leave();
    this.draw();
    if (!this.data.zooms) return;
    const isAll = this.seen[0] === 0 && this.seen[1] === this.last;
    this.asked({ zoom: isAll ? [] : this.seen.map((at) => this.data.commits[at][0]) });
  }

  picture() {
    const style = getComputedStyle(this.root), paper = getComputedStyle(this.tip).backgroundColor;
    const placed = this.data.lines.length > 1 ? this.placed.filter(({ i }) => !this.hidden.has(i)) : [];
    return picture(this.svg, { width: this.width, height: HEIGHT, ink: style.color, paper, placed, says: this.data.says });
  }
}

const drawn = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  let chart = drawn.get(parentElement);
  if (chart) chart.take(data);
  else {
    const root = html("div", parentElement, "timeline");
    chart = new Timeline(root, data);
    drawn.set(parentElement, chart);
  }
  chart.asked = (what) => setTriggerValue("asked", what);
}
