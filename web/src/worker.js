// The worker of a model in a browser.
import {serve} from './engine.js';

/** @param {string} path beside this file */
async function bytesOf(path) {
  const response = await fetch(new URL(path, import.meta.url));
  if (!response.ok) throw new Error(`${path} could not be loaded: HTTP ${response.status}`);
  return response.arrayBuffer();
}

const scope = /** @type {any} */ (self);
const reader = new scope.FileReaderSync();
const answer = serve({
  bytesOf,
  require: undefined,
  /** @param {Blob} blob @param {number} start @param {number} end */
  readBlob: (blob, start, end) => new Uint8Array(reader.readAsArrayBuffer(blob.slice(start, end))),
  /** @param {any} message @param {Transferable[]} transfer */
  post: (message, transfer) => scope.postMessage(message, transfer),
});
scope.onmessage = (/** @type {MessageEvent} */ {data}) => answer(data);
