// dslite in a browser. const model = await Model.open(bytes); const {answers} = await model.predict(samples, rate)
import {DsliteError, unpack} from './errors.js';
import {Model as BaseModel, Stream, connect} from './model.js';
export {DsliteError, Stream};
export {imageData} from './picture.js';

function startWorker() {
  const worker = new Worker(new URL('./worker.js', import.meta.url), {type: 'module'});
  const connection = connect({post: message => worker.postMessage(message), end: () => worker.terminate()});
  worker.onmessage = ({data}) =>
    connection.receive({...data, error: data.error && unpack(data.error)});
  worker.onerror = event => {
    event.preventDefault();
    connection.fail(new DsliteError(`the worker failed: ${event.message || 'it could not be loaded'}`));
  };
  return connection;
}

/** A bundle, opened to answer, in a worker of its own. */
export class Model extends BaseModel {
  /**
   * Opens a model file. Rejected with a DsliteError when it is no bundle, does not fit its network, or the
   * browser cannot run it.
   * @param {Uint8Array | ArrayBuffer} bytes of the .tflite
   * @param {{name?: string, network?: boolean}} [options] `name` is what errors call the file; without its
   *   `network` a model draws pictures and verifies up to the tensor, and LiteRT.js is not loaded
   * @returns {Promise<BaseModel>}
   */
  static async open(bytes, options = {}) {
    if (typeof WebAssembly !== 'object') throw new DsliteError('this browser has no WebAssembly, which dslite needs');
    return BaseModel.openIn(startWorker(), bytes, options);
  }
}

/** @typedef {import('./model.js').Answer} Answer */
/** @typedef {import('./model.js').Event} Event */
/** @typedef {import('./model.js').Explanation} Explanation */
/** @typedef {import('./model.js').Picture} Picture */
/** @typedef {import('./model.js').StageCheck} StageCheck */
