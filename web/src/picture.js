/**
 * The pixels of a picture for a canvas: new ImageData(data, width, height). Raw values are gray from the
 * least to the greatest.
 * @param {import('./model.js').Picture} picture
 * @returns {{data: Uint8ClampedArray, width: number, height: number}}
 */
export function imageData({values, width, height, channels}) {
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  let [least, scale] = [0, 1];
  if (channels === 1) {
    least = values.reduce((a, b) => Math.min(a, b));
    scale = 255 / (values.reduce((a, b) => Math.max(a, b)) - least || 1);
  }
  for (let i = 0; i < width * height; ++i) {
    for (let c = 0; c < 3; ++c) {
      data[4 * i + c] = (values[channels * i + (channels === 1 ? 0 : c)] - least) * scale;
    }
  }
  return {data, width, height};
}
