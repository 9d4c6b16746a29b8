// The worker of a model under Node.
import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {parentPort} from 'node:worker_threads';

import {serve} from './engine.js';

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
const answer = serve({
  bytesOf: async path => /** @type {any} */ (await readFile(new URL(path, import.meta.url))),
  require: createRequire(import.meta.url),
  readBlob: () => {
    throw new RangeError('a Blob can be read in a browser alone: under Node pass samples, or the bytes of a WAV');
  },
  post: (message, transfer) => port.postMessage(message, /** @type {any} */ (transfer)),
});
port.on('message', answer);
