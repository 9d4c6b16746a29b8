// The rolling picture: each chunk's picture, as the network sees it, at its place in time.
import {imageData} from './dslite/index.js';

const SECONDS = 16; // on the canvas
const SHADE = 0.75; // how dark a place is that does not speak for the answer, as in dslite's reports

/** Black, less opaque where the picture speaks for the answer. @param {import('./dslite/model.js').Explanation} of */
function shadeOf({rows, columns, relevance}) {
  const most = relevance.reduce((a, b) => Math.max(a, b), 0) || 1;
  const data = new Uint8ClampedArray(4 * rows * columns);
  relevance.forEach((value, i) => (data[4 * i + 3] = 255 * SHADE * (1 - Math.max(value, 0) / most)));
  return new ImageData(data, columns, rows);
}

/** @param {HTMLCanvasElement} canvas @param {ImageData} pixels */
function fill(canvas, pixels) {
  Object.assign(canvas, {width: pixels.width, height: pixels.height});
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.putImageData(pixels, 0, 0);
  return context;
}

export class Rolling {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    this.chunk = document.createElement('canvas');
    this.shaded = false; // whether explanations are drawn
    this.shade = document.createElement('canvas');
    this.clear();
  }

  clear() {
    this.end = 0; // of the canvas, in seconds of the sound
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /**
   * @param {import('./dslite/model.js').Answer} answer with its picture
   * @param {number} chunkSeconds of the whole chunk, which sound may end within; 0: whole clips
   */
  show(answer, chunkSeconds) {
    if (!answer.picture) return;
    const {data, width, height} = imageData(answer.picture);
    const drawn = fill(this.chunk, new ImageData(/** @type {any} */ (data), width, height));
    if (this.shaded && answer.explanation) {
      fill(this.shade, shadeOf(answer.explanation));
      drawn.drawImage(this.shade, 0, 0, width, height);
    }
    const {canvas, context} = this;
    const scale = canvas.width / SECONDS;
    const shift = Math.round((answer.end - this.end) * scale);
    context.drawImage(canvas, -shift, 0);
    this.end += shift / scale;
    const seconds = answer.end - answer.start;
    const sound = (width * seconds) / (chunkSeconds || seconds);
    const wide = seconds * scale;
    context.drawImage(this.chunk, 0, 0, sound, height, canvas.width - wide, 0, wide, canvas.height);
  }
}
