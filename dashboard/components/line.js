// One line of a chart: its band, samples, values, levels and failures; what is said of a column; what hands and keys do.
function stretches(points) {
  const found = [];
  for (const point of points) {
    if (point[4] && found.length) found[found.length - 1].push(point); else found.push([point]);
  }
  return found;
}

function drawLine(chart, parent, line) {
  const [first, last] = chart.seen, points = line.points.filter(([at]) => at >= first - 1 && at <= last + 1);
  const p = (at, v) => `${chart.x(at).toFixed(1)} ${chart.y(v).toFixed(1)}`, parts = stretches(points);
  for (const part of parts) {
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
  drawLevels(chart, parent, line);
  const path = parts.map((part) => `M${part.map(([at, v]) => p(at, v)).join("L")}`).join("");
  make("path", parent, { class: "line", stroke: line.colour, "stroke-dasharray": line.dash, d: path });
  const isAlone = parts.filter((part) => part.length === 1).flat();
  const marked = last - first < 160 && points.length < MOST_DOTS ? points : isAlone;
  make("path", parent, { class: "dot", stroke: line.colour, d: marked.map(([at, v]) => `M${p(at, v)}h0.01`).join("") });
  for (const at of line.failed) {
    if (at < first || at > last) continue;
    const mark = make("text", parent, { class: "failed", x: chart.x(at).toFixed(1), y: HEIGHT - BOTTOM - 4, "text-anchor": "middle" }, "✕");
    make("title", mark, {}, `${line.name} failed`);
  }
}

// The levels of a line that has steps, and each step from one to the next with its ratio.
function drawLevels(chart, parent, line) {
  const [first, last] = chart.seen, levels = line.levels.filter(({ from, to }) => to >= first && from <= last);
  const x = (at) => chart.columns.edge(Math.min(Math.max(at, first), last));
  levels.forEach(({ from, to, value, ratio }) => {
    const y = chart.y(value).toFixed(1), end = to >= last ? chart.width - chart.right : x(to + 1);
    make("path", parent, { class: "segment", stroke: line.colour, d: `M${x(from).toFixed(1)} ${y}H${end.toFixed(1)}` });
    if (ratio === null || from < first) return;
    const before = chart.y(value / ratio), at = x(from), isUp = Number(y) < before;
    make("path", parent, { class: "step", stroke: line.colour, d: `M${at.toFixed(1)} ${before.toFixed(1)}V${y}` });
    // On the side that the line does not take: before a step up, after a step down.
    const place = isUp ? { x: at - 6, "text-anchor": "end" } : { x: at + 6, "text-anchor": "start" };
    if (chart.data.lines.length <= 4) {
      make("text", parent, { class: "ratio", ...place, y: Math.min(Number(y), before), dy: "0.32em" }, showRatio(ratio));
    }
    make("title", parent.lastChild, {}, `${line.name}: ${showRatio(ratio)}`);
  });
}

// Write what is known of a column into the tip, lines from top to bottom as they stand; return them.
function tell(chart, at) {
  const { data, tip, hidden } = chart, [label, subject, when] = data.commits[at], { unit } = data;
  tip.replaceChildren();
  html("div", tip, "head", [label, subject].filter(Boolean).join("  "));
  if (when) html("div", tip, "quiet", when);
  const found = data.lines
    .map((line, i) => ({ line, i, point: line.points.find(([place]) => place === at) }))
    .filter(({ line, i, point }) => !hidden.has(i) && (point || line.failed.includes(at)))
    .sort((a, b) => (b.point ? b.point[1] : -Infinity) - (a.point ? a.point[1] : -Infinity));
  // On a telephone many lines would hide everything: their values alone.
  const isDense = chart.width < 600 && found.length > 5;
  tip.classList.toggle("dense", isDense);
  for (const { line, point } of found) {
    const row = html("div", tip, "row");
    html("span", row, line.faint ? "key faint" : "key").style.background = line.colour;
    if (data.lines.length > 1) html("span", row, "name", line.name);
    if (!point) { html("b", row, "", "failed"); continue; }
    const [, value, lower, upper, , , taken] = point;
    html("b", row, "", show(value, unit));
    if (isDense) continue;
    if (lower !== null && upper !== null) html("span", row, "quiet", `99 %: ${between(lower, upper, unit)}`);
    if (taken && found.length < 5) html("span", row, "quiet", `${taken[0]} samples, ${between(taken[1], taken[2], unit)}`);
    const step = line.levels.find(({ from, ratio }) => from === at && ratio !== null);
    if (step) html("span", row, "quiet", `step ${showRatio(step.ratio)}`);
  }
  for (const mark of data.marks) if (mark.at === at) html("div", tip, `said ${mark.tone}`, mark.text);
  if (data.open) html("div", tip, "quiet hint", `${chart.isTouched ? "Touch the point again" : "Click or Enter"}: ${data.open.says}`);
  return found;
}

function watch(chart) {
  const { frame } = chart;
  const place = (event) => { const { left, top } = frame.getBoundingClientRect(); return [event.clientX - left, event.clientY - top]; };
  let from = null, shownBefore = null, opening = null;
  frame.onpointermove = (event) => {
    if (!chart.data.commits.length) return;
    const [x, y] = place(event), at = chart.columns.at(x);
    chart.isTouched = event.pointerType === "touch";
    chart.point(at);
    frame.classList.toggle("opens", Boolean(chart.data.open) && chart.touches(at, y));
    if (from === null) return;
    chart.box.setAttribute("x", Math.min(from, x));
    chart.box.setAttribute("width", Math.abs(x - from));
  };
  frame.onpointerdown = (event) => {
    if (event.button) return;
    [from] = place(event);
    shownBefore = chart.tip.hidden ? null : chart.current;
    frame.setPointerCapture(event.pointerId);
  };
  frame.onpointerup = (event) => {
    const [to, y] = place(event), begun = from;
    from = null;
    chart.box.setAttribute("width", 0);
    if (begun === null || !chart.data.commits.length) return;
    if (Math.abs(to - begun) > 8) { chart.zoom(chart.columns.at(begun), chart.columns.at(to)); return; }
    const at = chart.columns.at(to);
    chart.isTouched = event.pointerType === "touch";
    chart.point(at);
    // A finger's first touch tells, a second one opens; a click waits whether it becomes a double click.
    clearTimeout(opening);
    if (!chart.touches(at, y)) return;
    if (!chart.isTouched) opening = setTimeout(() => chart.open(at), 250);
    else if (shownBefore === at) chart.open(at);
  };
  frame.onpointercancel = () => { from = null; chart.box.setAttribute("width", 0); };
  frame.onpointerleave = (event) => { if (from === null && event.pointerType !== "touch") chart.leave(); };
  frame.ondblclick = () => { clearTimeout(opening); chart.all(); };
  frame.onkeydown = (event) => {
    if (!chart.data.commits.length) return;
    const [a, b] = chart.seen, now = chart.current ?? b, span = b - a;
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: a, End: b }[event.key];
    if (to !== undefined) chart.point(Math.min(b, Math.max(a, to)));
    else if (event.key === "+") chart.zoom(now - Math.ceil(span / 4), now + Math.ceil(span / 4));
    else if (event.key === "-") chart.zoom(a - Math.ceil(span / 2), b + Math.ceil(span / 2));
    else if (event.key === "Escape") chart.all();
    else if (event.key === "Enter" && !chart.tip.hidden) chart.open(now);
    else return;
    event.preventDefault();
  };
  frame.onblur = () => chart.leave();
}
