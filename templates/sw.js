// Shows a page of ours when there is no network. It keeps nothing else: an answer from yesterday may be wrong today.
const KEPT = "offline-{{ stylesheet|escapejs }}";
const PAGE = "/offline/";
const FILES = [PAGE{% if stylesheet %}, "{{ stylesheet|escapejs }}"{% endif %}];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

// Pages already open are not claimed: one that changes hands would print without the picture for a camera.
self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))))
      .then(() => self.registration.navigationPreload?.enable()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") {
    event.respondWith(fromNetwork(event).catch(() => caches.match(PAGE)));
  } else if (request.method === "GET" && FILES.includes(new URL(request.url).pathname)) {
    event.respondWith(fetch(request).catch(() => caches.match(request)));
  }
});

async function fromNetwork(event) {
  return (await event.preloadResponse) || fetch(event.request);
}
