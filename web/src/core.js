// The core's exports (cpp/web/web_api.cpp) as functions that take arrays and throw.
import {whyNotStarted} from './errors.js';
import {hasSimd} from './network.js';

const ELEMENT_BYTES = [4, 1, 1]; // of float32, int8, uint8
const END_BYTES = 48; // of struct End

/** @param {any} end */
const bytesOfEnd = end =>
  end.shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, ELEMENT_BYTES[end.type]);

/** @param {{bytesOf: (path: string) => Promise<ArrayBuffer>}} host */
export async function loadCore(host) {
  const build = hasSimd() ? 'simd' : 'scalar';
  const [{default: make}, wasmBinary] = await Promise.all([
    import(`./core/dslite-${build}.mjs`),
    host.bytesOf(`./core/dslite-${build}.wasm`),
  ]);
  try {
    return new Core(await make({wasmBinary, printErr: () => {}}));
  } catch (error) {
    throw whyNotStarted(error, 'dslite');
  }
}

export class Core {
  /** @param {any} module of Emscripten */
  constructor(module) {
    this.module = module;
    /** @type {import('./network.js').Network | null} */
    this.network = null;
    this.networkMs = 0;
    /** @type {Float32Array[]} */
    this.pictures = [];
    /** @type {(start: number, end: number) => Uint8Array} */
    this.read = () => new Uint8Array();
    this.failure = '';
    module.runNetwork = (/** @type {number} */ input) => this.attempt(() => this.runNetwork(input));
    module.readOutput = (/** @type {number} */ index, /** @type {number} */ to) =>
      this.attempt(() => this.readOutput(index, to));
    module.readFile = (/** @type {any[]} */ ...[, offset, count, to]) =>
      this.attempt(() => module.HEAPU8.set(this.read(offset, offset + count), to));
    module.showPicture = (/** @type {number} */ at) => this.pictures.push(this.floats(at, this.pictureLength));
    this.pictureLength = 0;
  }

  /** Calls from the core may not throw through it. @param {() => void} work */
  attempt(work) {
    try {
      work();
      return 0;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      return -1;
    }
  }

  /** @param {number} input */
  runNetwork(input) {
    if (!this.network) throw new Error('there is no network');
    const start = performance.now();
    this.network.run(this.module.HEAPU8.subarray(input, input + bytesOfEnd(this.network.input)));
    this.networkMs += performance.now() - start;
  }

  /** @param {number} index @param {number} to */
  readOutput(index, to) {
    if (!this.network) throw new Error('there is no network');
    this.network.read(index, this.module.HEAPU8.subarray(to, to + bytesOfEnd(this.network.outputs[index])));
  }

  /** @param {number} at @param {number} count */
  floats(at, count) {
    return this.module.HEAPF32.slice(at / 4, at / 4 + count);
  }

  /** Throws what the core says of its last call, and what JavaScript did wrong in it. @returns {never} */
  fail() {
    const message = this.module.UTF8ToString(this.module._dslite_error());
    const cause = this.failure && `: ${this.failure}`;
    this.failure = '';
    throw this.module._dslite_error_is_argument() ? new RangeError(message) : new Error(message + cause);
  }

  /** @param {number} status of a call that returns −1 or null where it fails */
  check(status, isPointer = true) {
    if (isPointer ? status === 0 : status < 0) this.fail();
    return status;
  }

  /** @param {number} text */
  text(text) {
    return this.module.UTF8ToString(this.check(text));
  }

  /**
   * Calls `work` with copies of arrays in the core's memory.
   * @template T
   * @param {ArrayBufferView[]} arrays
   * @param {(...at: number[]) => T} work
   */
  withArrays(arrays, work) {
    const places = arrays.map(array => this.module._malloc(Math.max(array.byteLength, 1)));
    try {
      if (places.includes(0)) throw new Error('the browser gives this tab no more memory');
      arrays.forEach((array, i) =>
        this.module.HEAPU8.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), places[i]));
      return work(...places);
    } finally {
      for (const place of places) this.module._free(place);
    }
  }

  /**
   * @param {Uint8Array} bytes
   * @param {string} name
   * @returns {number} the model
   */
  open(bytes, name) {
    const ends = this.network ? [this.network.input, ...this.network.outputs] : [];
    const open = (/** @type {number[]} */ ...at) =>
      this.module._dslite_open(at[0], bytes.length, at[1], at[2], ends.length);
    return this.check(this.withArrays([bytes, this.packText(name), this.packEnds(ends)], open));
  }

  /** @param {string} text */
  packText(text) {
    return new TextEncoder().encode(`${text}\0`);
  }

  /** @param {import('./network.js').End[]} ends */
  packEnds(ends) {
    const room = new ArrayBuffer(END_BYTES * ends.length);
    ends.forEach(({type, scale, zeroPoint, shape}, i) => {
      const view = new DataView(room, END_BYTES * i, END_BYTES);
      view.setInt32(0, type, true);
      view.setFloat32(4, scale, true);
      view.setInt32(8, zeroPoint, true);
      view.setInt32(12, shape.length, true);
      shape.slice(0, 8).forEach((n, j) => view.setInt32(16 + 4 * j, n, true));
    });
    return new Uint8Array(room);
  }
}
