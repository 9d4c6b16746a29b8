// Recordings that are no WAV: the browser decodes them, at their own rate where their head says it.
const LARGEST_MB = 64; // of a compressed file: decoded, it takes some twenty times as much

const RATES = {3: [44100, 48000, 32000], 2: [22050, 24000, 16000], 0: [11025, 12000, 8000]};

/** The rate in the head of a FLAC, Vorbis or MP3 file; else 48000, which is what Opus has. */
export function sniffRate(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (at, length) => String.fromCharCode(...bytes.subarray(at, at + length));
  if (text(0, 4) === 'fLaC' && bytes.length > 20) return view.getUint32(17) >>> 12 || 48000;
  if (text(0, 4) === 'OggS' && text(29, 6) === 'vorbis') return view.getUint32(40, true);
  let at = 0;
  if (text(0, 3) === 'ID3') at = 10 + [6, 7, 8, 9].reduce((size, i) => (size << 7) | bytes[i], 0);
  for (const end = Math.min(bytes.length - 4, at + 4096); at < end; ++at) {
    if (bytes[at] !== 0xff || (bytes[at + 1] & 0xe6) !== 0xe2) continue;
    const rate = RATES[(bytes[at + 1] >> 3) & 3]?.[(bytes[at + 2] >> 2) & 3];
    if (rate) return rate;
  }
  return 48000;
}

/** @param {File} file @returns {Promise<boolean>} */
export async function isWav(file) {
  const head = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  const text = String.fromCharCode(...head);
  return /^(RIFF|RF64|BW64)/.test(text) && text.slice(8) === 'WAVE';
}

/** @param {File} file @returns {Promise<{samples: Float32Array, rate: number, channels: number}>} interleaved */
export async function decode(file) {
  if (file.size === 0) throw new Error(`${file.name}: the file is empty`);
  if (file.size > LARGEST_MB * 1e6) {
    const size = Math.round(file.size / 1e6);
    throw new Error(`${file.name}: ${size} MB, expected at most ${LARGEST_MB} MB of a compressed recording; a WAV may have any size`);
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  const rate = sniffRate(bytes);
  let audio;
  try {
    audio = await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes.buffer);
  } catch {
    throw new Error(`${file.name}: no recording that this browser can decode`);
  }
  const channels = audio.numberOfChannels;
  const samples = new Float32Array(audio.length * channels);
  for (let c = 0; c < channels; ++c) {
    audio.getChannelData(c).forEach((value, i) => (samples[i * channels + c] = value));
  }
  return {samples, rate: audio.sampleRate, channels};
}
