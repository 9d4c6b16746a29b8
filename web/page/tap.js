// The microphone's thread: gathers what comes and posts it, a twentieth of a second at once.
class Tap extends AudioWorkletProcessor {
  constructor() {
    super();
    this.room = new Float32Array(Math.ceil(sampleRate / 20 / 128) * 128);
    this.used = 0;
  }

  process([input]) {
    if (input.length === 0) return true;
    this.room.set(input[0], this.used);
    this.used += input[0].length;
    if (this.used + 128 > this.room.length) {
      this.port.postMessage(this.room.slice(0, this.used));
      this.used = 0;
    }
    return true;
  }
}
registerProcessor('tap', Tap);
