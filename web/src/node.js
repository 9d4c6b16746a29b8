// dslite under Node: index.js with its threads.
import {Worker} from 'node:worker_threads';

import {DsliteError, unpack} from './errors.js';
import {Model as BaseModel, Stream, connect} from './model.js';
export {DsliteError, Stream};
export {imageData} from './picture.js';

function startWorker() {
  const worker = new Worker(new URL('./node_worker.js', import.meta.url));
  const connection = connect({post: message => worker.postMessage(message), end: () => worker.terminate()});
  worker.on('message', data => connection.receive({...data, error: data.error && unpack(data.error)}));
  worker.on('error', error => connection.fail(new DsliteError(`the worker failed: ${error}`)));
  return connection;
}

/** A bundle, opened to answer, on a thread of its own. */
export class Model extends BaseModel {
  /**
   * As in a browser: index.js.
   * @param {Uint8Array | ArrayBuffer} bytes of the .tflite
   * @param {{name?: string, network?: boolean}} [options]
   * @returns {Promise<BaseModel>}
   */
  static async open(bytes, options = {}) {
    return BaseModel.openIn(startWorker(), bytes, options);
  }
}

/** @typedef {import('./model.js').Answer} Answer */
/** @typedef {import('./model.js').Event} Event */
/** @typedef {import('./model.js').Explanation} Explanation */
/** @typedef {import('./model.js').Picture} Picture */
/** @typedef {import('./model.js').StageCheck} StageCheck */
