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

  /**
   * @param {import('./dslite/model.js').Answer} answer with its picture
   * @param {number} chunkSeconds of the whole chunk, which sound may end within; 0: whole clips
   */
  show(answer, chunkSeconds) {
    if (!answer.picture) return;
    const {data, width, height} = imageData(answer.picture);
    Object.assign(this.chunk, {width, height});
    this.chunk.getContext('2d')?.putImageData(new ImageData(/** @type {any} */ (data), width, height), 0, 0);
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
