"use strict";
// Elements, numbers with units, links: how things are shown. Nothing of the data ever becomes markup.
(function () {
  perfwatch.h = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value === true) element.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== ""));
    return element;
  };

  const PREFIXES = [[1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"]];

  // So many significant digits, without trailing zeros.
  function digits(value, n) {
    const text = value.toPrecision(n);
    return text.includes("e") ? value.toExponential(n - 1).replace(/\.?0+e/, "e").replace(/e([+-])(\d)$/, "e$10$2")
      : text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  }

  // As Unit.show: four digits with a prefix, or in full.
  perfwatch.show = (value, unit) => {
    if (value === null || value === undefined || Number.isNaN(value)) return "—";
    if (!Number.isFinite(value)) return `${value < 0 ? "-" : ""}∞ ${unit.symbol}`.trim();
    if (!unit.prefixed) {
      const size = Math.abs(value);
      const whole = Number.isInteger(value) || (size >= 1e3 && size < 1e15);
      const text = whole && size < 1e15 ? Math.round(value).toLocaleString("en-US") : general(value, 4);
      return `${text} ${unit.symbol}`.trim();
    }
    if (value === 0) return `0 ${unit.symbol}`;
    for (const [factor, prefix] of PREFIXES) {
      if (Math.abs(value) >= factor * 0.99995) return `${digits(value / factor, 4)} ${prefix}${unit.symbol}`;
    }
    return `${digits(value / 1e-9, 3)} n${unit.symbol}`;
  };

  // As Python's format `.{n}g`.
  function general(value, n) {
    const exponent = +value.toExponential(n - 1).split("e")[1];
    if (exponent >= -4 && exponent < n) return digits(value, n);
    return value.toExponential(n - 1).replace(/\.?0+e/, "e").replace(/e([+-])(\d)$/, "e$10$2");
  }

  perfwatch.showRatio = (ratio) => {
    if (ratio === null || ratio === undefined || Number.isNaN(ratio)) return "—";
    if (ratio > 0.5 && ratio < 2) return `${ratio >= 1 ? "+" : "−"}${Math.abs(100 * (ratio - 1)).toFixed(1)} %`;
    return `× ${ratio >= 100 ? Math.round(ratio).toLocaleString("en-US") : general(ratio, 3)}`;
  };

  // Whether a ratio is good news, by its unit.
  perfwatch.sideOf = (ratio, unit) => {
    if (ratio === null || ratio === undefined || unit.lower_is_better === null || ratio === 1) return "";
    return (ratio > 1) === unit.lower_is_better ? "worse" : "better";
  };

  perfwatch.shortHash = (index) => perfwatch.site.commits.hash[index].slice(0, 8);

  perfwatch.day = (index) => {
    const seconds = perfwatch.site.commits.date[index];
    return seconds === null ? "" : new Date(seconds * 1000).toISOString().slice(0, 10);
  };

  // A link to the commit in its repository, where the project says where that is; else its hash.
  perfwatch.commitLink = (index) => {
    const { h, site } = perfwatch;
    const hash = site.commits.hash[index];
    const short = h("span", { class: "hash", title: hash }, hash.slice(0, 8));
    const url = site.commit_url;
    return url && /^https?:\/\//i.test(url) ? h("a", { href: url + hash, rel: "noreferrer" }, short) : short;
  };

  perfwatch.placeName = (number) => {
    const place = perfwatch.site.places[number];
    return `${place.machine} · ${place.environment}`;
  };

  // The newest values as a line 110 wide; a byte a value, 255 for none.
  perfwatch.spark = (values) => {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("class", "spark");
    svg.setAttribute("viewBox", "0 0 110 24");
    svg.setAttribute("aria-hidden", "true");
    let path = "", last = null;
    values.forEach((value, i) => {
      if (value === 255) return;
      const x = values.length > 1 ? 3 + (104 * i) / (values.length - 1) : 107;
      const y = 21 - (18 * value) / 254;
      path += `${i > 0 && values[i - 1] !== 255 && path ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
      last = [x, y];
    });
    const line = document.createElementNS(space, "path");
    line.setAttribute("d", path);
    svg.append(line);
    if (last) {
      const dot = document.createElementNS(space, "circle");
      dot.setAttribute("cx", last[0]);
      dot.setAttribute("cy", last[1]);
      dot.setAttribute("r", 2);
      svg.append(dot);
    }
    return svg;
  };
})();
