// A few lines that make forms kinder. Everything works without them.

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
    open(false);
    input.focus();
  }

  open(false);
  list.addEventListener("htmx:afterSwap", () => {
    active = -1;
    open(document.activeElement === input && input.value.trim() !== "" && list.children.length > 0);
  });
  input.addEventListener("keydown", (event) => {
    const count = options().length;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
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
  const target = event.detail.target;
  if (target.id !== "results") return;
  const note = document.createElement("p");
  note.className = "notice notice-stop";
  note.textContent = "The search could not be reached. What you typed is still there: press Search to try again.";
  target.replaceChildren(note);
}
