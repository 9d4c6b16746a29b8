// What a worker does for a model: the core, its network, and the streams through them.
import {loadCore} from './core.js';
import {pack} from './errors.js';
import {loadNetwork} from './network.js';

const PUSH_SECONDS = 1; // of a recording, at once

/**
 * @typedef {object} Host What differs between a browser's worker and Node's.
 * @property {(path: string) => Promise<ArrayBuffer>} bytesOf a file of the package
 * @property {any} require Node's
 * @property {(blob: Blob, start: number, end: number) => Uint8Array} readBlob
 * @property {(message: any, transfer: Transferable[]) => void} post
 */

/** @param {unknown} samples @returns {asserts samples is Float32Array} */
function checkSamples(samples) {
  if (!(samples instanceof Float32Array)) throw new RangeError('samples: expected a Float32Array');
}

/** @param {unknown} value @param {string} name */
function checkWhole(value, name) {
  if (!Number.isInteger(value) || Math.abs(Number(value)) > 1e9) {
    throw new RangeError(`${name} = ${value}: expected a whole number`);
  }
  return Number(value);
}

class Engine {
  /** @param {Host} host */
  constructor(host) {
    this.host = host;
    this.core = /** @type {import('./core.js').Core} */ (/** @type {unknown} */ (null)); // until open()
    this.streams = new Map();
    this.nextStream = 0;
  }

  /** @param {Uint8Array | ArrayBuffer} file @param {string} name @param {boolean} network */
  async open(file, name, network) {
    const bytes = file instanceof Uint8Array ? file : new Uint8Array(file);
    this.core = await loadCore(this.host);
    this.exports = this.core.module;
    const bare = this.core.open(bytes, name); // no bundle, a damaged network: said before megabytes are loaded
    if (network) {
      try {
        this.core.network = await loadNetwork(bytes, this.host);
      } catch (error) {
        throw new Error(`${name}: ${pack(error).message}`);
      }
    }
    this.model = network ? this.core.open(bytes, name) : bare;
    if (network) this.exports._dslite_close(bare);
    this.about = JSON.parse(this.core.text(this.exports._dslite_about(this.model)));
    this.about.runtime = this.core.network?.runtime ?? '';
    this.core.pictureLength = this.about.width * this.about.height * this.about.channels;
    return this.about;
  }

  verify() {
    return JSON.parse(this.core.text(this.exports._dslite_verify(this.model, this.core.network ? 1 : 0)));
  }

  /** @param {Float32Array} samples @param {number} rate */
  picture(samples, rate) {
    checkSamples(samples);
    const out = new Float32Array(this.core.pictureLength);
    return this.core.withArrays([samples, out], (at, to) => {
      this.core.check(this.exports._dslite_picture(this.model, at, samples.length, checkWhole(rate, 'rate'), to), false);
      return this.asPicture(this.core.floats(to, out.length));
    });
  }

  /** @param {Float32Array} values */
  asPicture(values) {
    const {width, height, channels} = this.about;
    return {width, height, channels, values};
  }

  /** @param {number} rate @param {boolean} isRecording @param {import('./model.js').SoundOptions} options */
  openSession(rate, isRecording, {channels = 1, pictures = false, explain = false}) {
    checkWhole(rate, 'rate');
    if (checkWhole(channels, 'channels') < 1) throw new RangeError(`channels = ${channels}: expected at least 1`);
    const flags = [isRecording, pictures, explain].map(Number);
    const session = this.exports._dslite_session(this.model, rate, channels, ...flags);
    return {session: this.core.check(session), channels};
  }

  /** @param {number} rate @param {import('./model.js').SoundOptions} options */
  stream(rate, options) {
    this.streams.set(++this.nextStream, this.openSession(rate, false, options));
    return this.nextStream;
  }

  /** @param {number} id */
  streamOf(id) {
    const stream = this.streams.get(id);
    if (!stream) throw new RangeError('the stream is finished: open another for more sound');
    return stream;
  }

  /** @param {number} id @param {Float32Array} samples */
  push(id, samples) {
    checkSamples(samples);
    return this.timed(() => ({answers: this.pushTo(this.streamOf(id), samples)}));
  }

  /** @param {number} id */
  finish(id) {
    const stream = this.streamOf(id);
    this.streams.delete(id);
    return this.timed(() => this.finishSession(stream));
  }

  /** @param {{session: number, channels: number}} stream @param {Float32Array} samples */
  pushTo({session, channels}, samples) {
    const frames = samples.length / channels;
    if (!Number.isInteger(frames)) {
      throw new RangeError(`${samples.length} samples: expected a multiple of ${channels} channels`);
    }
    const push = (/** @type {number} */ at) => this.core.text(this.exports._dslite_push(session, at, frames));
    return this.complete(JSON.parse(this.core.withArrays([samples], push)));
  }

  /** @param {{session: number}} stream */
  finishSession({session}) {
    try {
      const end = JSON.parse(this.core.text(this.exports._dslite_finish(session)));
      return {...end, answers: this.complete(end.answers)};
    } finally {
      this.exports._dslite_end_session(session);
    }
  }

  /** @param {any[]} answers of JSON */
  complete(answers) {
    const pictures = this.core.pictures.splice(0);
    return answers.map((answer, i) => ({
      ...answer,
      scores: Float32Array.from(answer.scores),
      ...(answer.explanation && {explanation: this.asExplanation(answer.explanation)}),
      ...(pictures[i] && {picture: this.asPicture(pictures[i])}),
    }));
  }

  /** @param {any} explanation of JSON */
  asExplanation(explanation) {
    return {...explanation, relevance: Float32Array.from(explanation.relevance)};
  }

  /** @template T @param {() => T} work @returns {T & {times: {all: number, network: number}}} */
  timed(work) {
    this.core.networkMs = 0;
    const start = performance.now();
    const result = work();
    return {...result, times: {all: performance.now() - start, network: this.core.networkMs}};
  }

  /**
   * @param {Float32Array | Uint8Array | Blob} sound
   * @param {number} rate
   * @param {import('./model.js').SoundOptions & {keep: boolean, name?: string}} options
   * @param {(part: any) => void} report
   */
  async predict(sound, rate, {keep, name = 'sound', ...options}, report) {
    if (!(sound instanceof Float32Array || sound instanceof Uint8Array || sound instanceof Blob)) {
      throw new RangeError('sound: expected a Float32Array of samples, or a WAV as a Uint8Array or a Blob');
    }
    const source = sound instanceof Float32Array ? this.samplesSource(sound, rate, options.channels ?? 1) : this.fileSource(sound, name);
    /** @type {any[]} */ const answers = [];
    /** @type {any[]} */ const events = [];
    let seconds = 0;
    const take = (/** @type {any} */ part) => {
      for (const answer of part.answers) events.push(...answer.events);
      if (keep) answers.push(...part.answers);
      else report({answers: part.answers, events: part.events ?? [], times: part.times, seconds});
    };
    try {
      const stream = this.openSession(source.rate, true, {...options, channels: source.channels});
      for (;;) {
        const samples = source.next(source.rate * PUSH_SECONDS);
        if (samples.length === 0) break;
        seconds += samples.length / source.channels / source.rate;
        take(this.timed(() => ({answers: this.pushTo(stream, samples)})));
        if (!keep) await new Promise(resolve => setTimeout(resolve)); // other requests have their turn
      }
      const end = this.timed(() => this.finishSession(stream));
      take(end);
      events.push(...end.events);
    } finally {
      source.close();
    }
    return {answers, events, warning: source.warning, seconds};
  }

  /** @param {Float32Array} samples @param {number} rate @param {number} channels */
  samplesSource(samples, rate, channels) {
    let at = 0;
    const next = (/** @type {number} */ frames) => samples.subarray(at, (at += frames * channels));
    return {rate, channels, warning: '', next, close: () => {}};
  }

  /** @param {Blob | Uint8Array} file a WAV @param {string} name */
  fileSource(file, name) {
    const size = file instanceof Uint8Array ? file.length : file.size;
    const isBytes = file instanceof Uint8Array;
    const read = (/** @type {number} */ start, /** @type {number} */ end) =>
      isBytes ? file.subarray(start, end) : this.host.readBlob(file, start, end);
    if (size > 0xffffffff) throw new Error(`${name}: ${size} bytes, expected fewer than 4 GiB`);
    this.core.read = read;
    const sound = this.core.check(
      this.core.withArrays([this.core.packText(name)], at => this.exports._dslite_open_sound(0, size, at)));
    const about = JSON.parse(this.core.text(this.exports._dslite_about_sound(sound)));
    const next = (/** @type {number} */ frames) => {
      this.core.read = read; // another recording may have been read in between
      const room = new Float32Array(frames * about.channels);
      return this.core.withArrays([room], at => {
        const got = this.core.check(this.exports._dslite_read_sound(sound, frames, at), false);
        return this.core.floats(at, got * about.channels);
      });
    };
    return {...about, next, close: () => this.exports._dslite_close_sound(sound)};
  }
}

/** The buffers of pictures, which are handed over instead of copied. @param {any} value @returns {Transferable[]} */
function buffersOf(value) {
  const pictures = value?.values instanceof Float32Array ? [value] : (value?.answers ?? []).map((/** @type {any} */ a) => a.picture);
  return pictures.filter(Boolean).map((/** @type {any} */ picture) => picture.values.buffer);
}

const METHODS = new Set(['open', 'verify', 'picture', 'stream', 'push', 'finish', 'predict']);

/** @param {Host} host @returns {(request: any) => Promise<void>} what answers a request */
export function serve(host) {
  const engine = /** @type {any} */ (new Engine(host));
  return async ({id, method, args}) => {
    const report = (/** @type {any} */ part) => host.post({id, part}, buffersOf(part));
    try {
      if (!METHODS.has(method)) throw new RangeError(`${method}: no such method`);
      const result = await engine[method](...args, report);
      host.post({id, result}, buffersOf(result));
    } catch (error) {
      host.post({id, error: pack(error)}, []);
    }
  };
}
