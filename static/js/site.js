// A few lines that make forms kinder. Everything works without them.

// Who only reads needs no htmx: it comes with the first sign that somebody does more. Until it is here links and forms are
// plain ones, and what was typed meanwhile is told to it.
const SIGNS = ["pointerover", "pointerdown", "keydown", "focusin"];
function bringHtmx() {
  SIGNS.forEach((sign) => removeEventListener(sign, bringHtmx));
  const brought = document.importNode(document.getElementById("htmx-later").content, true);
  brought.querySelector("script").addEventListener("load", () => {
    const field = document.activeElement;
    if (field?.matches("input[hx-get]") && field.value !== field.defaultValue) {
      field.dispatchEvent(new Event("typed-before"));
    }
  });
  document.head.append(brought);
}
// It would not start itself in a page that is still loading.
function watchForSigns() {
  SIGNS.forEach((sign) => addEventListener(sign, bringHtmx));
  // A form that keeps a long text when it cannot be sent must not wait for the network that is gone by then.
  if (document.activeElement?.matches("input") || document.querySelector("[data-answers-in-place]")) bringHtmx();
}
if (document.readyState === "complete") watchForSigns();
else addEventListener("load", watchForSigns);

// "/" goes to the search box.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const box = document.querySelector("input[type=search]");
  if (box) {
    event.preventDefault();
    box.focus();
    box.select();
  }
});

// Text fields with suggestions follow the ARIA combobox pattern. htmx fills the list; this opens, moves and chooses.
function combobox(input) {
  const list = document.getElementById(input.dataset.combobox);
  let active = -1;
  let settled = false; // chosen or dismissed: an answer that comes late opens nothing
  const options = () => [...list.querySelectorAll("[role=option]")];

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);

  function open(yes) {
    list.hidden = !yes;
    input.setAttribute("aria-expanded", String(yes));
    if (!yes) mark(-1);
  }

  function mark(index) {
    active = index;
    options().forEach((option, place) => {
      option.id = `${list.id}-${place}`;
      option.setAttribute("aria-selected", String(place === index));
    });
    if (index < 0) {
      input.removeAttribute("aria-activedescendant");
    } else {
      input.setAttribute("aria-activedescendant", `${list.id}-${index}`);
      options()[index].scrollIntoView({ block: "nearest" });
    }
  }

  function choose(option) {
    input.value = option.dataset.value;
    settled = true;
    open(false);
    input.focus();
  }

  open(false);
  list.addEventListener("htmx:afterSwap", () => {
    active = -1;
    open(!settled && document.activeElement === input && input.value.trim() !== "" && list.children.length > 0);
  });
  input.addEventListener("input", () => (settled = false));
  input.addEventListener("keydown", (event) => {
    const count = options().length;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      settled = true;
      open(false);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && count) {
      event.preventDefault();
      open(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark(active < 0 ? (step > 0 ? 0 : count - 1) : (active + step + count) % count);
    } else if (event.key === "Enter" && !list.hidden && active >= 0) {
      event.preventDefault();
      choose(options()[active]);
    }
  });
  // The list must not take the focus, or the field would close it before the click arrives.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
  input.addEventListener("blur", () => open(false));
}

document.querySelectorAll("[data-combobox]").forEach(combobox);

// A request that fails says so where its answer was expected, and what was typed stays.
document.addEventListener("htmx:sendError", showFailure);
document.addEventListener("htmx:responseError", showFailure);
function showFailure(event) {
  const { target, boosted, pathInfo } = event.detail;
  if (boosted) return location.assign(pathInfo.finalRequestPath); // the whole page tells it better
  if (target.matches("[data-answers-in-place]")) return showUnsent(target, event.detail.xhr?.status);
  if (target.id !== "results") return;
  const note = document.createElement("p");
  note.className = "notice notice-stop";
  note.textContent =
    event.detail.xhr?.status === 429
      ? "That was faster than we can answer. What you typed is still there: wait a minute, then press Search."
      : "The search could not be reached. What you typed is still there: press Search to try again.";
  target.replaceChildren(note);
}

// Where only a part of the page was exchanged for another one's, its heading says so to who cannot see it.
document.addEventListener("htmx:afterSettle", ({ detail, target }) => {
  const heading = detail.boosted && target.querySelector("h1");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
});

// A form that is answered with what is wrong in it shows that in its own place.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const answered = [400, 403, 413, 503].includes(detail.xhr.status);
  if (answered && detail.target.matches("[data-answers-in-place]")) {
    detail.shouldSwap = true;
    detail.isError = false;
  }
});
function showUnsent(form, status) {
  const note = form.querySelector(".unsent") ?? document.createElement("p");
  note.className = "notice notice-stop unsent";
  note.setAttribute("role", "alert");
  note.textContent =
    status === 429
      ? "Not sent: that was a lot of messages from one place. What you typed is still here. Try again in an hour."
      : "Not sent: the site could not be reached. What you typed is still here. Try again in a moment.";
  form.prepend(note);
}

// A button that copies: the link or the command it stands behind, or this page's own link at the end of the answer's head.
document.querySelectorAll("[data-copy]").forEach((place) => {
  if (!navigator.clipboard) return place.removeAttribute("data-copy");
  const isCommand = place.matches("pre, code");
  const button = document.createElement("button");
  const said = document.createElement("span");
  button.type = "button";
  button.className = "quiet copy";
  button.textContent = isCommand ? "Copy" : "Copy link";
  said.setAttribute("role", "status");
  const text = isCommand ? place.textContent : "";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text || place.href || document.querySelector("link[rel=canonical]").href);
    said.textContent = "";
    setTimeout(() => (said.textContent = "Copied"), 50); // said again each time
  });
  if (place.href || isCommand) place.after(" ", button, " ", said);
  else place.append(button, " ", said);
});

// In a sheet of codes the arrow keys go from cell to cell; Tab enters and leaves it.
document.querySelectorAll("table.matrix").forEach((table) => {
  const cells = [...table.tBodies[0].rows].map((row) => [...row.cells].slice(1).map((cell) => cell.firstElementChild));
  const links = cells.flat().filter(Boolean);
  const enter = (link) => links.forEach((each) => (each.tabIndex = each === link ? 0 : -1));
  if (links.length) enter(links[0]);
  table.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const row = cells.findIndex((links) => links.includes(event.target));
    if (!step || row < 0) return;
    event.preventDefault();
    let [y, x] = [row + step[0], cells[row].indexOf(event.target) + step[1]];
    if (cells[y]?.[x] === null) [y, x] = [y + step[0], x + step[1]]; // no code meets itself
    const next = cells[y]?.[x];
    if (next) {
      enter(next);
      next.focus();
    }
  });
});

// A term explains itself when it is pointed at or reached with Tab. Browsers that know interestfor do that by themselves.
if (!("interestForElement" in HTMLButtonElement.prototype) && HTMLElement.prototype.showPopover) {
  document.querySelectorAll("button[interestfor]").forEach((button) => {
    const term = document.getElementById(button.getAttribute("interestfor"));
    let waiting;
    const later = (does, after) => () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => does(), after);
    };
    const show = later(() => term.showPopover({ source: button }), 400);
    const hide = later(() => term.hidePopover(), 300);
    for (const each of [button, term]) {
      each.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && show());
      each.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && hide());
    }
    button.addEventListener("focus", () => button.matches(":focus-visible") && show());
    button.addEventListener("blur", (event) => term.contains(event.relatedTarget) || hide());
  });
}

// The answers that were looked at last stay in this browser, as links: what they say is asked anew each time. Nothing of
// it is sent anywhere, and who uses the same computer can have it forgotten.
const RECENT = "recent-checks";
const MOST_RECENT = 8;
function recentChecks() {
  try {
    const kept = JSON.parse(localStorage.getItem(RECENT) ?? "[]");
    return kept.filter(({ path, title }) => /^\/(pairs|visits|codes|matrix|units|fees)\//.test(path) && typeof title === "string");
  } catch {
    return []; // storage is switched off, or holds something else
  }
}
const check = document.querySelector("[data-check]");
const heading = check?.querySelector("h1");
if (heading) {
  const path = location.pathname + location.search;
  const title = check.dataset.check;
  const kept = [{ path, title }, ...recentChecks().filter((each) => each.path !== path)].slice(0, MOST_RECENT);
  try {
    localStorage.setItem(RECENT, JSON.stringify(kept));
  } catch {
    // storage is full or switched off: then nothing is kept
  }
}
const recent = document.querySelector("[data-recent]");
if (recent && recentChecks().length) {
  recent.querySelector("ul").replaceChildren(
    ...recentChecks().map(({ path, title }) => {
      const [item, link] = [document.createElement("li"), document.createElement("a")];
      link.href = path;
      link.textContent = title;
      item.append(link);
      return item;
    }),
  );
  recent.hidden = false;
  recent.querySelector("button").addEventListener("click", () => {
    localStorage.removeItem(RECENT);
    recent.hidden = true;
    document.getElementById("q")?.focus();
  });
}

// Without a network a page of ours says so. Nothing else is kept: see /sw.js. The page itself comes first.
addEventListener("load", () => navigator.serviceWorker?.register("/sw.js").catch(() => {}));
