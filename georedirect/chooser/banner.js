/* georedirect: asks the door that this script comes from whether another region suits the visitor better, and if so
   says so in a banner: "Go there" or "Stay here". Include it with <script src=".../banner.js" defer>; see docs/chooser.md.
   No dependencies, no inline styles, no markup from data. */
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || !window.fetch || !Element.prototype.attachShadow) return;
  const { url = location.pathname + location.search, region, days = "30" } = script.dataset;
  const KEY = "georedirect-dismissed";
  const GUESSES = ["country", "continent", "language", "choice", "parameter"]; // all else says nothing about the visitor

  const STYLE = `
    :host { all: initial; color-scheme: light dark; position: fixed; z-index: 2147483647; inset: auto 0 0 0; }
    section { box-sizing: border-box; display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem;
      max-width: 60rem; max-height: 50vh; overflow: auto; margin: 0 auto; padding: 1rem; font: 16px/1.5 system-ui, sans-serif;
      color: #1a1c1e; background: #fff; border: 1px solid #7d848c; border-radius: .5rem .5rem 0 0; }
    div { flex: 1 1 16rem; }
    p { margin: 0; overflow-wrap: anywhere; }
    .why { color: #51565c; font-size: .875em; }
    a, button { box-sizing: border-box; min-height: 2.75rem; padding: .5rem 1rem; font: inherit; text-decoration: none;
      border: 2px solid #0b57b0; border-radius: .5rem; cursor: pointer; }
    a { color: #fff; background: #0b57b0; }
    button { color: #0b57b0; background: none; }
    a:focus-visible, button:focus-visible { outline: 3px solid; outline-offset: 2px; }
    a:focus-visible { outline-color: #0b57b0; }
    @media (prefers-color-scheme: dark) {
      section { color: #eceef0; background: #1f2429; border-color: #808993; }
      .why { color: #b4bac1; }
      a { color: #15181b; background: #8cc2ff; border-color: #8cc2ff; }
      button { color: #8cc2ff; border-color: #8cc2ff; }
      a:focus-visible { outline-color: #8cc2ff; }
    }
    @media print { :host { display: none; } }`;

  const dismissed = () => {
    try {
      return JSON.parse(localStorage.getItem(KEY)) || {};
    } catch {
      return {}; // no storage here, or not ours in it: then nothing was dismissed
    }
  };

  const dismiss = (name) => {
    try {
      localStorage.setItem(KEY, JSON.stringify({ region: name, until: Date.now() + Number(days) * 864e5 }));
    } catch {
      // a visitor who keeps no storage is asked again on the next page
    }
  };

  const isDismissed = (name) => {
    const { region: last, until } = dismissed();
    return last === name && until > Date.now();
  };

  /* Where the suggestion leads, or null if that is here, or nowhere that a browser should go. */
  const target = (suggestion) => {
    if (!suggestion.uri || !GUESSES.includes(suggestion.reason) || suggestion.region === region) return null;
    const uri = new URL(suggestion.uri);
    const isHere = uri.origin === location.origin && uri.pathname === location.pathname;
    return isHere || !/^https?:$/.test(uri.protocol) ? null : uri.href;
  };

  const element = (name, text, properties = {}) =>
    Object.assign(document.createElement(name), { textContent: text || "" }, properties);

  const show = (suggestion, href) => {
    const host = document.createElement("georedirect-banner");
    const shadow = host.attachShadow({ mode: "open" });
    if ("adoptedStyleSheets" in shadow) { // allowed by every Content-Security-Policy, unlike a <style>
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      shadow.adoptedStyleSheets = [sheet];
    }
    const close = () => {
      dismiss(suggestion.region);
      host.remove();
    };
    const banner = element("section", "", { lang: suggestion.language, dir: suggestion.dir });
    banner.setAttribute("aria-label", suggestion.title);
    const words = element("div");
    words.setAttribute("role", "status"); // told without taking the focus
    banner.append(
      words,
      element("a", suggestion.switch, { href }),
      element("button", suggestion.stay, { type: "button", onclick: close }),
    );
    banner.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
    });
    shadow.append(banner);
    document.body.prepend(host); // first in the order of the keyboard
    words.append(element("p", suggestion.message), element("p", suggestion.why, { className: "why" }));
  };

  const ask = async () => {
    const question = new URL("suggest", script.src);
    question.searchParams.set("url", url);
    const answer = await fetch(question, { credentials: "include", headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const suggestion = await answer.json();
    const href = target(suggestion);
    if (href && !isDismissed(suggestion.region)) show(suggestion, href);
  };

  const start = () => ask().catch(() => {}); // a site must not notice that its door is away
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
})();
