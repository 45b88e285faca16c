(() => {
  // A screen without a keyboard: the clock, the server's heartbeat, and the way back when it stops.
  const page = document.documentElement, asked = new URLSearchParams(location.search);
  page.dataset.tv = {light: "light", dark: "dark"}[asked.get("theme")] ?? "";
  const RETRY_MS = 60_000;
  let beat = "", heardAt = performance.now(), heardOn = new Date(), triedAt = heardAt;

  const clock = (when, zone) => {
    try {
      return when.toLocaleTimeString("fr-FR", {hour: "2-digit", minute: "2-digit", timeZone: zone});
    } catch {
      return when.toLocaleTimeString("fr-FR", {hour: "2-digit", minute: "2-digit"});
    }
  };
  const write = (box, text) => { if (box && box.textContent !== text) box.textContent = text; };

  const look = () => {
    const heart = document.querySelector(".w-beat"), now = performance.now();
    if (heart && heart.dataset.at !== beat) { beat = heart.dataset.at; heardAt = now; heardOn = new Date(); }
    const limit = 1000 * Number(heart?.dataset.limit ?? 60), cut = now - heardAt > limit;
    if (cut !== "cut" in page.dataset) cut ? page.dataset.cut = "" : delete page.dataset.cut;
    const face = document.querySelector(".w-clock"), zone = face?.dataset.zone;
    write(face, clock(new Date(), zone));
    write(document.querySelector(".w-cut time"), clock(heardOn, zone));
    if (!cut || now - heardAt < 2 * limit || now - triedAt < RETRY_MS) return;
    triedAt = now;
    // Streamlit comes back by itself; a page that has not, although the server answers, is opened anew.
    fetch("./_stcore/health", {cache: "no-store"}).then(answer => answer.ok && location.reload(), () => {});
  };
  setInterval(look, 500);
  let due = false;
  new MutationObserver(() => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => { due = false; look(); });
  }).observe(document, {subtree: true, childList: true});
})();
