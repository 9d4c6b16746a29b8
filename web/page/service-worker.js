// Keeps the site's files, so that the page works offline. site.json lists them and names their version.
const RELAXED_SIMD = new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0, 10, 43, 1, 41, 0,
  0xfd, 0x0c, ...Array(16).fill(0), 0xfd, 0x0c, ...Array(16).fill(0), 0xfd, 0x80, 0x02, 0x0b,
]);
const unused = `litert/${WebAssembly.validate(RELAXED_SIMD) ? 'compat' : 'relaxed'}.`;

async function keep() {
  const {version, files} = await (await fetch('site.json', {cache: 'no-cache'})).json();
  const cache = await caches.open(version);
  await cache.addAll(['./', 'site.json', ...files.filter(file => !file.includes(unused))]);
  for (const name of await caches.keys()) if (name !== version) await caches.delete(name);
}

async function answer(request) {
  const kept = await caches.match(request, {ignoreSearch: true});
  return kept ?? fetch(request);
}

addEventListener('install', event => event.waitUntil(keep().then(() => skipWaiting())));
addEventListener('activate', event => event.waitUntil(clients.claim()));
addEventListener('fetch', event => {
  if (event.request.method === 'GET') event.respondWith(answer(event.request));
});
