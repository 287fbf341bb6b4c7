"use strict";
// Which page an address means: #/ · #/series/<id>[,<id>…] · #/events · #/event/<id> · #/about, each with ?options.
(function () {
  let shown = 0;

  function parsed() {
    const [path, query] = location.hash.replace(/^#/, "").split("?");
    return { parts: path.split("/").filter(Boolean), query: new URLSearchParams(query || "") };
  }

  // Keep what was chosen on a page in its address, without a new step in the browser's history.
  perfwatch.remember = (choices) => {
    const { parts, query } = parsed();
    for (const [name, value] of Object.entries(choices)) value ? query.set(name, value) : query.delete(name);
    const said = query.toString();
    history.replaceState(null, "", `#/${parts.join("/")}${said ? "?" + said : ""}`);
  };

  function about() {
    const { h, site } = perfwatch;
    return [h("h1", {}, "About"),
      h("p", {}, "Benchmarks over commits, published by perfwatch. A change is told when many points bear it out, the host's own changes taken out; its interval is of the ratio after over before."),
      ...site.places.flatMap((place, i) => [h("h2", {}, perfwatch.placeName(i)),
        h("dl", {}, [["series", place.series.id.length], ["commits", place.commits.length], ...Object.entries(place.facts)].flatMap(([name, value]) =>
          [h("dt", {}, name), h("dd", {}, String(value))]))])];
  }

  function pageOf(parts, query) {
    const [what, which] = parts;
    if (what === undefined) return perfwatch.overview(query);
    if (what === "series" && which) return perfwatch.seriesPage(which.split(","), query);
    if (what === "events") return perfwatch.eventsPage();
    if (what === "event" && which) return perfwatch.eventPage(which);
    if (what === "about") return about();
    return [perfwatch.h("h1", {}, "No such page"), perfwatch.h("p", {}, perfwatch.h("a", { href: "#/" }, "All benchmarks"))];
  }

  async function show() {
    const { h, site } = perfwatch;
    const main = document.getElementById("page");
    const turn = ++shown;
    const { parts, query } = parsed();
    perfwatch.afterShown = null;
    let page;
    try {
      page = await pageOf(parts, query);
    } catch (error) {
      page = [h("h1", {}, "This page could not be drawn"), h("p", {}, error.message)];
    }
    if (turn !== shown) return; // another page was asked for meanwhile
    main.replaceChildren(...page);
    const heading = main.querySelector("h1");
    document.title = parts.length && heading ? `${heading.textContent} · ${site.title}` : site.title;
    const here = parts[0] === "events" || parts[0] === "event" ? "#/events" : parts[0] === "about" ? "#/about" : "#/";
    for (const link of document.querySelectorAll("nav a")) {
      link.getAttribute("href") === here ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
    }
    scrollTo(0, 0);
    if (perfwatch.afterShown) await perfwatch.afterShown();
    document.body.dataset.shown = location.hash || "#/";
  }

  perfwatch.start = () => {
    if (!perfwatch.site) {
      document.getElementById("page").textContent = "data/index.js could not be read; is the folder complete? Publish again.";
      return;
    }
    document.getElementById("title").textContent = perfwatch.site.title;
    addEventListener("hashchange", show);
    show();
  };
})();
