// Keeps the preview below each Markdown field in step with what is typed. Without this script the preview
// shows the text as it was when the page was loaded.
"use strict";

(() => {
  const pause = 300;

  function follow(preview) {
    const form = preview.closest("form");
    const text = preview.parentElement.querySelector("textarea");
    const token = form && form.querySelector("[name=csrfmiddlewaretoken]");
    if (!text || !token) return;
    let timer;
    let running;

    async function show() {
      if (running) running.abort();
      running = new AbortController();
      try {
        const answer = await fetch(preview.dataset.url, {
          method: "POST",
          headers: { "X-CSRFToken": token.value },
          body: new URLSearchParams({ text: text.value }),
          signal: running.signal,
        });
        // The server sends its own, sanitised HTML: the same that the site shows.
        if (answer.ok) preview.innerHTML = await answer.text();
        preview.classList.toggle("is-stale", !answer.ok);
      } catch (error) {
        if (error.name !== "AbortError") preview.classList.add("is-stale");
      }
    }

    text.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(show, pause);
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-preview]").forEach(follow);
  });
})();
