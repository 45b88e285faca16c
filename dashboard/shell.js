(() => {
  const {charts, words} = $TOLD;
  window.__streamlit = {
    BACKEND_BASE_URL: new URL("./", location.href).href,
    HOST_CONFIG: {allowedOrigins: [location.origin], useExternalAuthToken: false},
  };
  if (location.hash && location.pathname.endsWith("/definitions")) { // An anchor would be lost: the script never sees it.
    const address = new URL(location);
    address.searchParams.set("kpi", decodeURIComponent(address.hash.slice(1)));
    address.hash = "";
    history.replaceState({}, "", address);
  }
  // How wide the window is: the charts are laid out on the server, which reads it when this page connects.
  const narrow = matchMedia("(max-width: 640px)");
  const tellWidth = () => {
    document.cookie = `$WIDTH=${narrow.matches ? "narrow" : "wide"}; path=${new URL("./", location.href).pathname}; SameSite=Strict`;
  };
  tellWidth();
  narrow.addEventListener("change", tellWidth);
  const whenIdle = window.requestIdleCallback ?? (run => setTimeout(run, 200));
  // Plotly draws again when a font comes after its drawing.
  addEventListener("DOMContentLoaded", () => document.fonts.load("1em 'Material Symbols Rounded'"));
  if (charts) whenIdle(() => import(charts));

  // Streamlit's own words. React writes a text again only when it changes, so ours stay.
  const ATTRIBUTES = ["aria-label", "aria-valuetext", "title", "placeholder"];
  const TEXTS = `[role=dialog], [role=listbox], [role=menu], [role=tooltip], [data-testid=stSkipToContent],
    [data-testid=stTooltipContent], [data-testid=InputInstructions], [data-testid=stDataFrameColumnMenu],
    [data-testid=stDataFrameColumnVisibilityMenu], [data-testid=stDataFrameColumnFormattingMenu],
    [data-testid=stFileUploaderDropzone], [data-testid=stDateInputField] [data-placeholder]`;
  const LITERAL = "pre, code, .v-definition, .v-comments";
  const reading = pairs => {
    const exact = new Map(pairs);
    const shapes = pairs.filter(([from]) => from.includes("{x}")).map(([from, to]) => {
      const [before, after] = from.split("{x}");
      return text => text.startsWith(before) && text.endsWith(after) && text.length > before.length + after.length
        && to.replace("{x}", text.slice(before.length, text.length - after.length));
    });
    return text => exact.get(text) ?? shapes.reduce((found, shape) => found || shape(text), "");
  };
  const french = Object.entries(words);
  const toFrench = reading(french), toEnglish = reading(french.map(([en, fr]) => [fr, en]));

  const translate = () => {
    const asked = new URLSearchParams(location.search).get("lang") ?? navigator.language;
    const language = asked.startsWith("fr") ? "fr" : "en";
    const said = language === "fr" ? toFrench : toEnglish;
    if (document.documentElement.lang !== language) document.documentElement.lang = language; // Restyles everything.
    for (const name of ATTRIBUTES)
      for (const box of document.querySelectorAll(`[${name}]`)) {
        const word = said(box.getAttribute(name));
        if (word) box.setAttribute(name, word);
      }
    for (const link of document.querySelectorAll(".st-key-menu a")) {
      const asked = link.getAttribute("href");
      if (asked.startsWith("?")) link.setAttribute("href", `./${asked}`); // Else it is this page again in a new tab.
      const here = link.pathname === location.pathname;
      if (here !== link.hasAttribute("aria-current"))
        here ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
    }
    for (const place of document.querySelectorAll(TEXTS)) {
      const texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
      for (let text; (text = texts.nextNode());) {
        const word = !text.parentElement.closest(LITERAL) && said(text.data.trim());
        if (word) text.data = word;
      }
    }
  };
  // A download takes the focus out of the drawer, which then hears no key.
  document.addEventListener("keydown", event => {
    if (event.key === "Escape" && document.activeElement === document.body)
      document.querySelector("[role=dialog] > button")?.click();
  });

  // A card opens what stands behind it, its change the reason why: what the "i" does, for who has a mouse.
  const appears = (find, then, tries = 100) => {
    const found = find();
    if (found) then(found);
    else if (tries) setTimeout(() => appears(find, then, tries - 1), 100);
  };
  document.addEventListener("click", event => {
    const about = event.target.closest?.(".v-card")?.closest("[class*=st-key-card-]")
      ?.querySelector("[class*=st-key-about-] button");
    if (!about || !getSelection().isCollapsed) return;
    about.click();
    const part = event.target.closest("[data-opens]")?.dataset.opens;
    const named = () => [...document.querySelectorAll("[role=dialog] [data-testid=stButtonGroup] button")]
      .find(button => button.innerText.trim() === part);
    if (part) appears(named, button => button.click());
  });

  // A chart as a file, under its panel's words. Plotly draws it again, in a font of the machine that is wider than ours.
  const LARGER = 10, LETTER = {title: 8.6, under: 6.4};
  const escaped = text => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  const lines = (text, room) => text.trim().split(/\s+/).reduce((made, word) => {
    const last = made.at(-1);
    return last && last.length + word.length < room ? [...made.slice(0, -1), `${last} ${word}`] : [...made, word];
  }, []).map(escaped);
  const save = key => {
    const chart = document.querySelector(`.st-key-chart-${CSS.escape(key)} .js-plotly-plot`);
    const panel = chart.closest("[class*=st-key-panel-]");
    const ink = part => part ? getComputedStyle(part).color : chart.layout.font.color;
    let paper = chart;  // The nearest box that has a colour of its own.
    while (paper.parentElement && /, 0\)$/.test(getComputedStyle(paper).backgroundColor)) paper = paper.parentElement;
    const {width, height} = chart._fullLayout, {margin, ...layout} = chart.layout;
    const [title, under] = ["h3", "p"].map(tag => panel?.querySelector(`.v-panel-head ${tag}`));
    const named = title?.innerText ?? chart.closest("[aria-label]")?.ariaLabel ?? "";
    const bold = lines(named, width / LETTER.title), small = lines(under?.innerText ?? "", width / LETTER.under);
    const text = [
      ...bold.map(line => `<b>${line}</b>`),
      ...small.map(line => `<span style="font-size:12px;color:${ink(under)}">${line}</span>`),
    ].join("<br>");
    const head = 22 + 20 * bold.length + 17 * small.length;
    Plotly.downloadImage({
      data: chart.data,
      layout: {
        ...layout,
        paper_bgcolor: getComputedStyle(paper).backgroundColor,
        margin: {...margin, t: margin.t + head, l: margin.l + LARGER, r: margin.r + LARGER, b: margin.b + LARGER},
        title: {
          text, x: 0, xanchor: "left", xref: "container", pad: {l: LARGER},
          y: 1 - 14 / (height + head + LARGER), yanchor: "top", yref: "container",
          font: {size: 15, color: ink(title)},
        },
      },
    }, {format: "png", scale: 2, width: width + 2 * LARGER, height: height + head + LARGER, filename: `vigie-${key}`});
  };
  document.addEventListener("click", event => {
    const button = event.target.closest?.("[data-png]");
    if (button) save(button.dataset.png);
  });

  let due = false;
  const soon = () => {
    if (due) return;
    due = true;
    const now = () => {
      if (!due) return;
      due = false;
      translate();
    };
    requestAnimationFrame(now);
    setTimeout(now, 250); // A tab in the background has no frames.
  };
  new MutationObserver(soon).observe(document, {
    subtree: true, childList: true, attributes: true, attributeFilter: [...ATTRIBUTES, "href"],
  });
})();
