// The rolling picture: each chunk's picture, as the network sees it, at its place in time.
import {imageData} from './dslite/index.js';

const SECONDS = 16; // on the canvas

export class Rolling {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    this.chunk = document.createElement('canvas');
    this.clear();
  }

  clear() {
    this.end = 0; // of the canvas, in seconds of the sound
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /** @param {import('./dslite/model.js').Answer} answer with its picture */
  show(answer) {
    if (!answer.picture) return;
    const {data, width, height} = imageData(answer.picture);
    Object.assign(this.chunk, {width, height});
    this.chunk.getContext('2d')?.putImageData(new ImageData(/** @type {any} */ (data), width, height), 0, 0);
    const {canvas, context} = this;
    const scale = canvas.width / SECONDS;
    const shift = Math.round((answer.end - this.end) * scale);
    context.drawImage(canvas, -shift, 0);
    this.end += shift / scale;
    const wide = (answer.end - answer.start) * scale;
    context.drawImage(this.chunk, canvas.width - wide, 0, wide, canvas.height);
  }
}
