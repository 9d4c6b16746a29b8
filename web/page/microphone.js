// Microphone → blocks of mono samples at the device's own rate. The core resamples.
const REASONS = {
  NotAllowedError: 'the microphone was not allowed: permit it for this page in the browser\'s settings',
  NotFoundError: 'this device has no microphone: connect one, or choose recordings',
  NotReadableError: 'the microphone is in use by another program, or failed: close that program and start again',
};

export class Microphone {
  /** @param {(samples: Float32Array) => void} take @param {(reason: string) => void} ended */
  static async open(take, ended) {
    if (!window.isSecureContext) throw new Error('the microphone needs a secure page: open it by https, or on localhost');
    if (!navigator.mediaDevices?.getUserMedia) throw new Error('this browser offers no microphone to pages: choose recordings');
    if (!window.AudioWorkletNode) throw new Error('this browser has no AudioWorklet, which the microphone needs: use a newer one');
    const off = {echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1};
    let media;
    try {
      media = await navigator.mediaDevices.getUserMedia({audio: off});
    } catch (error) {
      throw new Error(REASONS[error.name] ?? `the microphone could not be opened: ${error.message}`);
    }
    const context = new AudioContext();
    await context.audioWorklet.addModule(new URL('tap.js', import.meta.url));
    const tap = new AudioWorkletNode(context, 'tap', {numberOfOutputs: 0});
    tap.port.onmessage = ({data}) => take(data);
    context.createMediaStreamSource(media).connect(tap);
    media.getAudioTracks()[0].addEventListener('ended', () => ended('the microphone was disconnected'));
    await context.resume();
    return new Microphone(media, context);
  }

  constructor(media, context) {
    this.media = media;
    this.context = context;
    this.rate = context.sampleRate;
  }

  close() {
    for (const track of this.media.getTracks()) track.stop();
    return this.context.close();
  }
}
