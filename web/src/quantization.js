// The one thing that LiteRT.js does not say of a network's ends: what their integers stand for. It is read
// from the flatbuffer (TensorFlow Lite's schema); a DataView refuses whatever lies outside.

const SUBGRAPHS = 2; // fields of the tables Model, SubGraph, Tensor and QuantizationParameters
const TENSORS = 0;
const ENDS = {input: 1, output: 2};
const QUANTIZATION = 4;
const SCALE = 2;
const ZERO_POINT = 3;

/**
 * @param {Uint8Array} bytes of the model file
 * @param {'input' | 'output'} end
 * @param {number} position among the inputs or outputs
 * @returns {{scale: number, zeroPoint: number}} value = scale · (q − zeroPoint)
 */
export function quantizationOf(bytes, end, position) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const follow = (/** @type {number} */ at) => at + view.getUint32(at, true);
  const field = (/** @type {number} */ table, /** @type {number} */ index) => {
    const names = table - view.getInt32(table, true);
    const place = 4 + 2 * index;
    const offset = place < view.getUint16(names, true) ? view.getUint16(names + place, true) : 0;
    if (offset === 0) throw new Error(`the network's ${end} has no quantization`);
    return follow(table + offset);
  };
  const element = (/** @type {number} */ vector, /** @type {number} */ index) => vector + 4 + 4 * index;
  const graph = follow(element(field(follow(0), SUBGRAPHS), 0));
  const index = view.getInt32(element(field(graph, ENDS[end]), position), true);
  const quantization = field(follow(element(field(graph, TENSORS), index)), QUANTIZATION);
  return {
    scale: view.getFloat32(element(field(quantization, SCALE), 0), true),
    zeroPoint: Number(view.getBigInt64(element(field(quantization, ZERO_POINT), 0), true)),
  };
}
