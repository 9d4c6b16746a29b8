// The network, by LiteRT.js. Its WebAssembly is used as @litertjs/core's declarations describe it
// (LiteRtWasm), below the package's own Tensor class, which knows no int8 and waits where nothing has to.
import {whyNotStarted} from './errors.js';
import {quantizationOf} from './quantization.js';

const TYPES = new Map([[1, 0], [9, 1], [3, 2]]); // LiteRT's float32, int8, uint8 → the core's
// (v128.const 0 0), i8x16.relaxed_swizzle: what the faster build of LiteRT.js needs.
const RELAXED_SIMD = [0xfd, 0x0c, ...Array(16).fill(0), 0xfd, 0x0c, ...Array(16).fill(0), 0xfd, 0x80, 0x02];
const SIMD = [0xfd, 0x0c, ...Array(16).fill(0)];

/** @param {number[]} body of a function that returns a v128 */
function validates(body) {
  const code = [0, ...body, 0x0b];
  return WebAssembly.validate(
    new Uint8Array([
      0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, // magic, version
      1, 5, 1, 0x60, 0, 1, 0x7b, // type: () → v128
      3, 2, 1, 0, // function
      10, code.length + 2, 1, code.length, ...code,
    ]),
  );
}
export const hasSimd = () => validates(SIMD);
export const hasRelaxedSimd = () => validates(RELAXED_SIMD);

/**
 * @typedef {object} End An input or an output of the network.
 * @property {number} type the core's
 * @property {number[]} shape
 * @property {number} scale value = scale · (q − zeroPoint) where the type is an integer
 * @property {number} zeroPoint
 */

/**
 * @param {any} tensorType
 * @param {'input' | 'output'} side
 * @param {number} index
 * @param {Uint8Array} bytes
 * @returns {End}
 */
function endOf(tensorType, side, index, bytes) {
  const type = TYPES.get(tensorType.elementType().value);
  if (type === undefined) throw new Error(`the network's ${side} is neither float32, int8 nor uint8`);
  const layout = tensorType.layout();
  const dimensions = layout.dimensions();
  const shape = Array.from({length: dimensions.size()}, (_, i) => dimensions.get(i));
  dimensions.delete();
  layout.delete();
  return {type, shape, ...(type > 0 ? quantizationOf(bytes, side, index) : {scale: 0, zeroPoint: 0})};
}

/** @param {any} model of LiteRT.js */
function countOutputs(model) {
  const signature = model.getSignature(0);
  const names = signature.outputNames();
  const count = names.size();
  names.delete();
  signature.delete();
  return count;
}

/**
 * @typedef {object} Network
 * @property {string} runtime
 * @property {End} input
 * @property {End[]} outputs the scores, and class maps where the network has them
 * @property {(input: Uint8Array) => void} run
 * @property {(index: number, to: Uint8Array) => void} read an output of the last run
 */

/**
 * @param {Uint8Array} bytes of the model file
 * @param {{bytesOf: (path: string) => Promise<ArrayBuffer>, require: unknown}} host
 * @returns {Promise<Network>}
 */
export async function loadNetwork(bytes, host) {
  if (!hasSimd()) {
    throw new Error('this browser has no WebAssembly SIMD, which LiteRT.js needs to run the network: use a newer one');
  }
  const build = hasRelaxedSimd() ? 'relaxed' : 'compat';
  const [{default: makeFactory}, wasmBinary] = await Promise.all([
    import(`./litert/${build}.mjs`),
    host.bytesOf(`./litert/${build}.wasm`),
  ]);
  const options = {wasmBinary, print: () => {}, printErr: () => {}};
  const litert = await makeFactory(host.require, '')(options).catch((/** @type {unknown} */ error) => {
    throw whyNotStarted(error, 'LiteRT.js');
  });
  try {
    return compile(litert, bytes, build);
  } catch (error) {
    throw whyNotStarted(error, 'the network');
  }
}

/**
 * @param {any} litert
 * @param {Uint8Array} bytes
 * @param {string} build
 * @returns {Network}
 */
function compile(litert, bytes, build) {
  const environment = litert.LiteRtEnvironment.create(null);
  const at = litert._malloc(bytes.length);
  if (at === 0) throw new Error('out of memory');
  litert.HEAPU8.set(bytes, at);
  const model = litert.loadModel(environment, at, bytes.length);
  const inputType = model.getInputTensorType(0, 0);
  const input = endOf(inputType, 'input', 0, bytes);
  const outputs = Array.from({length: countOutputs(model)}, (_, i) =>
    endOf(model.getOutputTensorType(0, i), 'output', i, bytes));
  const compiled = litert.compileModel(environment, model, {accelerator: 'wasm', cpuOptions: {numThreads: 1}});
  const {READ, WRITE} = litert.LiteRtTensorBufferLockMode;
  const buffer = litert.LiteRtTensorBuffer.createManaged(
    environment, litert.LiteRtTensorBufferType.HOST_MEMORY, inputType, inputType.bytes());

  /** @type {any[]} */
  let made = []; // by the last run
  const run = (/** @type {Uint8Array} */ from) => {
    for (const output of made) output.delete();
    made = [];
    litert.HEAPU8.set(from, buffer.lock(WRITE));
    buffer.unlock();
    made = compiled.run(0, [buffer]);
  };
  const read = (/** @type {number} */ index, /** @type {Uint8Array} */ to) => {
    const start = made[index].lock(READ);
    to.set(litert.HEAPU8.subarray(start, start + to.length));
    made[index].unlock();
  };
  return {runtime: `LiteRT.js 2.5.3 (${build})`, input, outputs, run, read};
}
