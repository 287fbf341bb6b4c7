"use strict";
// What the data files hand over: everything but the points at once, the points of a series when they are asked for.
var perfwatch = {};
(function () {
  const waiting = new Map(); // path of a data file → promise of what it handed over
  let handed = null;

  perfwatch.index = (index) => {
    perfwatch.site = index;
    index.series = new Map();
    index.places.forEach((place, number) => {
      const s = place.series;
      const sparks = bytes(s.spark);
      const width = s.id.length ? sparks.length / s.id.length : 0;
      s.id.forEach((id, row) => {
        const values = s.params[row].map((pair) => pair[1]);
        const label = values.length ? `${s.benchmark[row]}(${values.join(", ")})` : s.benchmark[row];
        index.series.set(id, {
          id, row, label, place: number, benchmark: s.benchmark[row], params: s.params[row], version: s.version[row],
          unit: index.units[s.unit[row]], n: s.n[row], lastCommit: s.last_commit[row],
          lastValue: number_(s.last_value[row]), spark: sparks.subarray(row * width, (row + 1) * width),
          verdict: s.verdict[row], ratio: s.ratio[row], since: s.since[row], steps: place.steps[row] || [],
        });
      });
    });
    perfwatch.list = [...index.series.values()];
    markVersions(perfwatch.list);
    markChanges(index.events);
  };

  // The last change of a series: what its verdict says, else the newest event that was told of it.
  function markChanges(events) {
    for (const event of events) {
      if (event.commit === null || event.place === null || event.standing !== "CONFIRMED") continue;
      for (const moved of event.moved) {
        const one = perfwatch.named(event.place, moved.label);
        if (one && one.ratio === null && moved.ratio !== null) Object.assign(one, { ratio: moved.ratio, since: event.commit });
      }
    }
  }

  // Of several versions of one series all but the last measured are old; their names say which they are.
  function markVersions(list) {
    const newest = new Map();
    for (const one of list) {
      const name = one.place + "\0" + one.label;
      const other = newest.get(name);
      if (!other || one.lastCommit >= other.lastCommit) newest.set(name, one);
    }
    for (const one of list) one.isOld = newest.get(one.place + "\0" + one.label) !== one;
    perfwatch.current = newest;
  }

  // The series that an event of a place names.
  perfwatch.named = (place, label) => perfwatch.current.get(place + "\0" + label);

  perfwatch.points = (group, stretch, series) => { handed = series; };

  function script(path) {
    if (!waiting.has(path)) {
      waiting.set(path, new Promise((done, failed) => {
        const element = document.createElement("script");
        element.src = path;
        element.onload = () => { done(handed); handed = null; };
        element.onerror = () => {
          waiting.delete(path);
          failed(new Error(`${path} could not be read; is the folder complete? Publish again.`));
        };
        document.head.append(element);
      }));
    }
    return waiting.get(path);
  }
  perfwatch.script = script;

  // The points of a series: columns of its place's commits, ascending, with values, bounds and notes.
  perfwatch.pointsOf = async (one) => {
    const site = perfwatch.site;
    const place = site.places[one.place];
    const group = Math.floor(one.row / site.series_per_group);
    const size = site.commits_per_stretch;
    const stretches = Math.ceil(place.commits.length / size);
    const files = [];
    for (let s = 0; s < stretches; s++) files.push(script(`data/${one.place}/${group}-${s}.js`));
    const found = { column: [], value: [], lower: [], upper: [], notes: new Map() };
    (await Promise.all(files)).forEach((series, s) => {
      const said = series && series[one.row % site.series_per_group];
      if (!said) return;
      const value = new Float64Array(bytes(said[1]).buffer);
      const at = said[0] === null ? null : bytes(said[0]);
      const lower = said[2] && new Float32Array(bytes(said[2]).buffer);
      const upper = said[3] && new Float32Array(bytes(said[3]).buffer);
      for (let i = 0; i < value.length; i++) {
        found.column.push(s * size + (at ? at[i] : i));
        found.value.push(value[i]);
        found.lower.push(lower ? lower[i] : NaN);
        found.upper.push(upper ? upper[i] : NaN);
      }
      for (const [position, text] of Object.entries(said[4] || {})) found.notes.set(s * size + +position, text);
    });
    return found;
  };

  function bytes(base64) {
    const text = atob(base64);
    const found = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) found[i] = text.charCodeAt(i);
    return found;
  }

  // Infinite numbers are texts in JSON.
  function number_(value) {
    return value === null ? NaN : typeof value === "string" ? (value.startsWith("-") ? -Infinity : Infinity) : value;
  }
})();
