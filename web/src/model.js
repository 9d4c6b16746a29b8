// The public classes. All work is done in a worker of each model's own.
import {DsliteError} from './errors.js';

/**
 * @typedef {object} Event A run of answers in which one label was active.
 * @property {number} start of its first chunk, in seconds
 * @property {number} end of the sound in its last, in seconds
 * @property {string} label
 * @property {number} peak the highest smoothed score
 */
/**
 * @typedef {object} Picture What the network sees of a chunk.
 * @property {number} width
 * @property {number} height
 * @property {number} channels 3: RGB; 1: raw values
 * @property {Float32Array} values (height, width, channels), 0 to 255 where there are colours
 */
/**
 * @typedef {object} Region A part of a chunk's picture.
 * @property {number} start in seconds, as the answer's
 * @property {number} end
 * @property {number} [lowHz] missing where the picture's rows are no frequencies (MFCC)
 * @property {number} [highHz]
 * @property {number} share of all that speaks for the label
 */
/**
 * @typedef {object} Explanation Why an answer is what it is.
 * @property {string} label that it explains: the one with the highest score
 * @property {number} rows
 * @property {number} columns
 * @property {Float32Array} relevance (rows, columns) over the picture, row 0 the highest frequency; what is
 *   above 0 speaks for the label
 * @property {Region[]} regions that speak most for it: three at most, the largest share first
 */
/**
 * @typedef {object} Answer What the model says of one chunk.
 * @property {number} start of the chunk, in seconds
 * @property {number} end of the sound in it, in seconds
 * @property {string | null} label of the highest score; null where the model predicts values
 * @property {Float32Array} scores one per label
 * @property {Event[]} events those that ended before this answer
 * @property {Picture} [picture] where pictures were asked for
 * @property {Explanation} [explanation] where it was asked for
 */
/**
 * @typedef {object} SoundOptions
 * @property {number} [channels] interleaved; default: 1
 * @property {boolean} [pictures] whether answers come with their pictures
 * @property {boolean} [explain] whether answers come with their explanations; a RangeError where the network
 *   has no class maps to give them: about.explains says whether it has
 */
/**
 * @typedef {object} StageCheck
 * @property {string} stage samples, log_mel, tensor or scores
 * @property {boolean} agrees
 * @property {string} text a line that says it
 */
/**
 * @typedef {object} Times In milliseconds, of one push.
 * @property {number} all
 * @property {number} network of it
 */
/**
 * @typedef {object} About
 * @property {string} version of dslite
 * @property {string} isa the instruction set in use: simd128 or scalar
 * @property {string} runtime what runs the network; empty where it was left out
 * @property {string[]} labels
 * @property {boolean} explains whether answers can be explained
 * @property {boolean} classes whether the model tells classes apart
 * @property {number} rate of the recipe, in Hz
 * @property {number} chunkSamples 0: whole clips
 * @property {number} hopSamples
 * @property {number} width of a picture
 * @property {number} height of a picture
 * @property {number} channels of a picture
 * @property {string} recipe TOML
 * @property {string} card Markdown
 */
/**
 * @typedef {(method: string, args: unknown[], progress?: (value: any) => void) => Promise<any>} Call
 * @typedef {{call: Call, close: () => void}} Connection to a worker
 */

/** Sound in as it comes, answers and events out. */
export class Stream {
  /** @type {Call} */ #call;
  /** @type {number} */ #id;

  /** @param {Call} call @param {number} id */
  constructor(call, id) {
    this.#call = call;
    this.#id = id;
  }

  /**
   * Takes more sound, interleaved where it has channels, full scale ±1. A push that is refused with a
   * RangeError leaves the stream as it was.
   * @param {Float32Array} samples
   * @returns {Promise<{answers: Answer[], times: Times}>}
   */
  push(samples) {
    return this.#call('push', [this.#id, samples]);
  }

  /**
   * The sound ends here: answers for its tail as the recipe says, and the events still open.
   * @returns {Promise<{answers: Answer[], events: Event[], times: Times}>}
   */
  finish() {
    return this.#call('finish', [this.#id]);
  }
}

/** A bundle, opened to answer. */
export class Model {
  /** @type {Connection} */ #connection;
  /** @type {About} */ about;

  /** @param {Connection} connection @param {About} about */
  constructor(connection, about) {
    this.#connection = connection;
    this.about = about;
  }

  /**
   * @param {Connection} connection
   * @param {Uint8Array | ArrayBuffer} bytes
   * @param {{name?: string, network?: boolean}} options
   */
  static async openIn(connection, bytes, options) {
    try {
      if (!(bytes instanceof Uint8Array || bytes instanceof ArrayBuffer)) {
        throw new RangeError('bytes: expected a Uint8Array or an ArrayBuffer with a model file');
      }
      const {name = 'model', network = true} = options;
      return new Model(connection, await connection.call('open', [bytes, name, network]));
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get labels() {
    return this.about.labels;
  }

  /**
   * Answers for every chunk of a recording. The bytes of a WAV, or a Blob or File that is one (in a
   * browser), are decoded by the core, part by part; samples are interleaved where they have channels.
   * @param {Float32Array | Uint8Array | Blob} sound
   * @param {number} [rate] of samples, in Hz; default: the recipe's
   * @param {SoundOptions & {name?: string,
   *          each?: (part: {answers: Answer[], events: Event[], seconds: number, times: Times}) => void}} [options]
   *   `each` is called with the answers as they are made, which are then not kept for the end; its `events`
   *   are those still open at the end
   * @returns {Promise<{answers: Answer[], events: Event[], warning: string, seconds: number}>} `events` are
   *   all of the recording's
   */
  predict(sound, rate = this.about.rate, options = {}) {
    const {each, ...rest} = options;
    return this.#connection.call('predict', [sound, rate, {...rest, keep: !each}], each);
  }

  /**
   * Opens a stream: the answers of predict() as the sound comes.
   * @param {number} [rate] of the sound, in Hz; default: the recipe's
   * @param {SoundOptions} [options]
   */
  async stream(rate = this.about.rate, options = {}) {
    const call = this.#connection.call;
    return new Stream(call, await call('stream', [rate, options]));
  }

  /**
   * Replays the bundle's golden clip here and compares every stage, up to the tensor bit for bit.
   * @returns {Promise<StageCheck[]>}
   */
  verify() {
    return this.#connection.call('verify', []);
  }

  /**
   * The picture of the sound's first chunk.
   * @param {Float32Array} samples mono
   * @param {number} [rate] in Hz; default: the recipe's
   * @returns {Promise<Picture>}
   */
  picture(samples, rate = this.about.rate) {
    return this.#connection.call('picture', [samples, rate]);
  }

  /** Frees the model and its worker. What is still awaited is rejected. */
  close() {
    this.#connection.close();
  }
}

/**
 * A connection over anything that posts messages.
 * @param {{post: (message: any) => void, end: () => void}} worker
 * @returns {Connection & {receive: (message: any) => void, fail: (error: Error) => void}}
 */
export function connect(worker) {
  /** @type {Map<number, {resolve: Function, reject: Function, progress?: Function}>} */
  const waiting = new Map();
  let next = 0;
  /** @type {Error | null} */
  let failure = null;
  /** @param {Error} error */
  const fail = error => {
    failure ??= error;
    for (const {reject} of waiting.values()) reject(error);
    waiting.clear();
  };
  return {
    call: (method, args, progress) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        waiting.set(++next, {resolve, reject, progress});
        worker.post({id: next, method, args, reports: Boolean(progress)});
      }),
    receive: ({id, result, error, part}) => {
      const request = waiting.get(id);
      if (part) return request?.progress?.(part);
      waiting.delete(id);
      if (error) request?.reject(error);
      else request?.resolve(result);
    },
    fail,
    close: () => {
      fail(new DsliteError('the model is closed'));
      worker.end();
    },
  };
}
