/* Keeps the dashboard's figures fresh: asks /status every two seconds, and writes what it says into what is there.
   Without it the page is the same, of the moment at which it was loaded. */
(() => {
  "use strict";
  const EVERY = 2000, MINUTE = 60, MOST = 10;
  const map = document.querySelector("[data-map]");
  if (!map) return;
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const one = (selector, inside = document) => inside.querySelector(selector);
  const { site } = map.dataset;
  const seen = []; // statuses of the last minute, the newest last
  let isPaused = false, wasTrouble = false;

  const whole = new Intl.NumberFormat("en");
  const few = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
  const percent = (part, total) => (total > 0 ? `${((100 * part) / total).toFixed(1)} %` : "–");
  const say = (name, text) => all(`[data-live=${name}]`).forEach((found) => {
    if (found.textContent !== text) found.textContent = text;
  });
  const svg = (name, attributes, ...children) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) if (value) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const element = (name, text, className = "") => Object.assign(document.createElement(name), { textContent: text, className });

  /* What has been counted under each key of a site since the start, or since `before`. */
  const countsOf = (status, kind) => {
    if (kind !== "statuses") return (status.sites.find((found) => found.site === site) || {})[kind] || {};
    const sum = {}; // of the whole door
    for (const { statuses } of status.sites) for (const key in statuses) sum[key] = (sum[key] || 0) + statuses[key];
    return sum;
  };
  const counted = (kind, now, before) => {
    const base = before ? countsOf(before, kind) : {};
    const entries = Object.entries(countsOf(now, kind)).map(([key, count]) => [key, count - (base[key] || 0)]);
    return entries.filter(([, count]) => count > 0).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  };

  /* A country's name, and what it is painted in on the map. */
  const shape = (code) => document.getElementById(`country-${code}`);
  const row = (code) => one(`tr[data-country="${CSS.escape(code)}"]`);
  const nameOf = (code) => (row(code) ? one("th", row(code)).textContent : code);
  const paintOf = (code) => {
    const fill = shape(code) ? shape(code).getAttribute("fill") : "";
    return { fill: fill.startsWith("#") ? fill : "", class: shape(code) ? shape(code).getAttribute("class") : "" };
  };

  const makeBar = (key, kind) => {
    const item = element("li", ""), name = element("span", kind === "countries" ? nameOf(key) : key, "name");
    const paint = kind === "countries" ? paintOf(key) : {}, scheme = kind === "countries" ? " georedirect-map" : "";
    if (scheme) name.prepend(svg("svg", { class: `swatch${scheme}`, viewBox: "0 0 10 10", "aria-hidden": "true" },
      svg("rect", { width: 10, height: 10, rx: 2, ...paint })));
    item.dataset.key = key;
    const value = element("span", "", "value");
    value.dataset.share = "";
    item.append(name, " ", value, svg("svg", { class: `bar${scheme}`, "aria-hidden": "true" },
      svg("rect", { width: "100%", height: 6, rx: 3, class: "track" }), svg("rect", { height: 6, rx: 3, ...paint })));
    return item;
  };

  const showBars = (kind, entries) => {
    const list = one(`[data-bars=${kind}]`), total = entries.reduce((sum, [, count]) => sum + count, 0);
    const bars = new Map(all("li", list).map((item) => [item.dataset.key, item]));
    const shown = kind === "regions" ? entries : entries.slice(0, MOST);
    const order = shown.map(([key, count]) => {
      const item = bars.get(key) || makeBar(key, kind);
      bars.delete(key);
      one("[data-share]", item).textContent = percent(count, total);
      one(".bar rect:not(.track)", item).setAttribute("width", `${(100 * count) / total}%`);
      return item;
    });
    bars.forEach((item) => {
      if (kind !== "regions") return item.remove(); // regions stay, also those to which nobody goes
      one("[data-share]", item).textContent = percent(0, total);
      one(".bar rect:not(.track)", item).setAttribute("width", "0%");
      order.push(item);
    });
    if (order.some((item, at) => list.children[at] !== item)) list.append(...order);
    one(`[data-empty=${kind}]`).hidden = order.length > 0;
  };

  /* Shares in the table, and on the map if that is asked for: the more of the traffic, the fuller the colour. */
  const showCountries = (entries) => {
    const total = entries.reduce((sum, [, count]) => sum + count, 0), counts = new Map(entries);
    const isShaded = one("[data-shade]").checked, most = entries.length ? entries[0][1] : 0;
    all("tr[data-country]").forEach((line) => {
      const count = counts.get(line.dataset.country) || 0, path = shape(line.dataset.country);
      one("[data-share]", line).textContent = count ? percent(count, total) : "–";
      if (!path) return;
      path.dataset.share = count ? percent(count, total) : "";
      if (isShaded) path.setAttribute("fill-opacity", count ? (0.35 + 0.65 * Math.sqrt(count / most)).toFixed(2) : 0.12);
      else path.removeAttribute("fill-opacity");
    });
  };

  const showTiles = (now, last) => {
    const rate = last && (now.requests - last.requests) / (now.clock - last.clock);
    if (last) say("rate", few.format(Math.max(0, rate)));
    say("status", now.status);
    one(".state .pill").className = `pill ${now.status === "ready" ? "good" : "bad"}`;
    say("requests", whole.format(now.requests));
    say("hits", percent(now.cache.hits, now.cache.hits + now.cache.misses));
    say("looked", whole.format(now.cache.hits + now.cache.misses));
    say("open", whole.format(now.connections.open));
    say("most", whole.format(now.connections.most));
    const rates = seen.slice(1).map((status, at) => (status.requests - seen[at].requests) / (status.clock - seen[at].clock));
    const most = Math.max(1, ...rates);
    const points = rates.map((value, at) => `${(60 * at) / (rates.length - 1 || 1)},${(19 - (18 * value) / most).toFixed(1)}`);
    one(".spark polyline").setAttribute("points", points.join(" "));
  };

  const showRows = (name, rows) => {
    const body = one(`[data-rows=${name}]`);
    if (!body) return;
    body.replaceChildren(...rows.map(([head, ...cells]) => {
      const line = document.createElement("tr"), first = element("th", head);
      first.scope = "row";
      line.append(first, ...cells.map((cell) => {
        const found = element("td", cell.pill ? "" : cell.text, cell.isNumber ? "number" : "");
        if (cell.pill) found.append(element("span", cell.text, `pill ${cell.pill}`));
        return found;
      }));
      return line;
    }));
  };

  const text = (value) => ({ text: value === null ? "–" : String(value) });
  const number = (value) => ({ text: whole.format(value), isNumber: true });
  const when = (value) => text(value && value.slice(0, 16).replace("T", " "));

  const show = () => {
    const now = seen[seen.length - 1], isAll = one("input[name=span]:checked").value === "all";
    const before = isAll || seen.length < 2 ? null : seen[0];
    showTiles(now, seen[seen.length - 2]);
    for (const kind of ["regions", "countries", "reasons", "statuses"]) showBars(kind, counted(kind, now, before));
    showCountries(counted("countries", now, before));
    showRows("workers", now.workers.map((worker) =>
      [worker.name, worker.is_serving ? when(worker.since) : { text: "not serving", pill: "bad" }, number(worker.restarts), number(worker.open)]));
    showRows("mirrors", now.mirrors.filter((mirror) => mirror.site === site).map((mirror) => [
      mirror.mirror, text(mirror.region), { text: mirror.is_well ? "well" : "sick", pill: mirror.is_well ? "good" : "bad" },
      when(mirror.since), text(mirror.outcome)]));
  };

  const ask = async () => {
    const answer = await fetch("/status", { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.status);
    const status = await answer.json();
    if (seen.length && seen[seen.length - 1].requests > status.requests) seen.length = 0; // another door than before
    seen.push(status);
    while (status.clock - seen[0].clock > MINUTE) seen.shift();
    show();
  };

  const goOn = async () => {
    if (!isPaused && !document.hidden) {
      const trouble = await ask().then(() => "", () => "The door does not answer.");
      if (trouble || wasTrouble) say("trouble", trouble);
      wasTrouble = trouble !== "";
    }
    setTimeout(goOn, EVERY);
  };

  all("[data-script]").forEach((found) => { found.hidden = false; });
  all("input[name=span], [data-shade]").forEach((input) => input.addEventListener("change", () => seen.length && show()));
  one("[data-pause]").addEventListener("click", ({ currentTarget }) => {
    isPaused = !isPaused;
    currentTarget.setAttribute("aria-pressed", String(isPaused));
  });
  const readout = one("[data-readout]"), before = readout.textContent;
  map.addEventListener("pointerover", ({ target }) => {
    const path = target.closest("[data-country]");
    const share = path && path.dataset.share ? `, ${path.dataset.share} of the requests` : "";
    readout.textContent = path ? one("title", path).textContent + share : before;
  });
  map.addEventListener("click", ({ target }) => {
    const path = target.closest("[data-country]");
    if (path) location.assign(`/try?country=${path.dataset.country}`);
  });
  goOn();
})();
