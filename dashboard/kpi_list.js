export default function ({data, parentElement, setTriggerValue}) {
  const made = (tag, text) => Object.assign(document.createElement(tag), {textContent: text});
  const link = ({id, name, acronym}) => {
    const anchor = Object.assign(made("a", name), {href: data.address + encodeURIComponent(id)});
    if (acronym) anchor.append(" ", made("small", acronym));
    if (id === data.chosen) anchor.setAttribute("aria-current", "true");
    anchor.onclick = event => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return; // A new tab, as for any link.
      event.preventDefault();
      setTriggerValue("chosen", id);
      if (matchMedia("(max-width: 640px)").matches)
        document.querySelector(".st-key-panel-definition")?.scrollIntoView({behavior: "smooth"});
    };
    const item = made("li", "");
    item.append(anchor);
    return item;
  };
  const list = parentElement.querySelector("nav");
  list.setAttribute("aria-label", data.label);
  list.replaceChildren(...data.families.flatMap(({name, kpis}) => {
    const items = made("ul", "");
    items.append(...kpis.map(link));
    return [made("h3", name), items];
  }));
  const chosen = list.querySelector("[aria-current]");
  if (chosen) {
    const above = chosen.offsetTop - list.offsetTop, hidden = above < list.scrollTop || above > list.scrollTop + list.clientHeight - 40;
    if (hidden) list.scrollTop = above - list.clientHeight / 3;
  }
}
