// The browser's figures of RESULTS.md: node benches/web.mjs PACKAGE MODEL SITE_URL. PACKAGE is web/dist, SITE_URL
// where `dslite web MODEL --serve` serves. `front` is the core alone, a chunk of sound pushed into a fresh session
// (work A where the recipe is the default), in batches, as browsers' clocks are coarse; `push` and `network` are
// of the package, messages between threads left out.
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join, resolve} from 'node:path';
import {pathToFileURL} from 'node:url';

const [dist, modelFile, address] = process.argv.slice(2);
const REPEATS = 200;

const BATCHES = 60;

async function measureFront({loadCore}, bytesOf, about, bytes, batches) {
  const core = await loadCore({bytesOf});
  const end = shape => ({type: 0, scale: 0, zeroPoint: 0, shape});
  core.network = {
    input: end([1, about.height, about.width, about.channels]),
    outputs: [end([1, about.labels.length])],
    run: () => {},
    read: (index, to) => to.fill(0),
  };
  const {_malloc, _dslite_session, _dslite_push, _dslite_end_session} = core.module;
  const model = core.open(bytes, 'model');
  const samples = new Float32Array(about.chunkSamples).map((_, i) => Math.sin(i * i * 1e-5) / 2);
  const at = _malloc(samples.byteLength);
  core.module.HEAPF32.set(samples, at / 4);
  const work = () => {
    const session = _dslite_session(model, about.rate, 1, 0, 0, 0);
    _dslite_push(session, at, samples.length);
    _dslite_end_session(session);
  };
  const each = 20;
  const times = Array.from({length: batches}, () => {
    const start = performance.now();
    for (let i = 0; i < each; ++i) work();
    return (performance.now() - start) / each;
  });
  return `${Math.min(...times).toFixed(3)} / ${times.sort((a, b) => a - b)[batches >> 1].toFixed(3)}`;
}

async function measure(Model, bytes, repeats) {
  const model = await Model.open(bytes);
  const samples = new Float32Array(model.about.chunkSamples).map((_, i) => Math.sin(i * i * 1e-5) / 2);
  const front = [];
  const network = [];
  for (let i = 0; i < repeats; ++i) {
    const stream = await model.stream();
    const {answers, times} = await stream.push(samples);
    if (answers.length !== 1 || !answers[0].scores.every(Number.isFinite)) throw new Error('no answer');
    await stream.finish();
    front.push(times.all - times.network);
    network.push(times.network);
  }
  const verified = (await model.verify()).every(check => check.agrees);
  const {about} = model;
  model.close();
  const of = values => [Math.min(...values), values.sort((a, b) => a - b)[repeats >> 1]].map(v => v.toFixed(2)).join(' / ');
  return {isa: about.isa, runtime: about.runtime, verified, push: of(front), network: of(network), about};
}

async function firstAnswer(page, clip, isFirst) {
  const start = Date.now();
  await (isFirst ? page.goto(address) : page.reload());
  await page.waitForFunction(() => !document.getElementById('files').disabled);
  const ready = Date.now() - start;
  await page.setInputFiles('#files', clip);
  await page.waitForFunction(() => document.getElementById('latency').textContent !== '–');
  return {readyMs: ready, answerMs: Date.now() - start};
}

async function browse() {
  const {chromium} = createRequire(join(resolve(dist), 'index.js'))('playwright-core');
  const clip = {name: 'clip.wav', mimeType: 'audio/wav', buffer: wav()};
  const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync']});
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(`window.measure = ${measure}; window.measureFront = ${measureFront}`);
  const cold = await firstAnswer(page, clip, true);
  await page.waitForFunction(() => document.documentElement.dataset.offline === 'ready');
  const warm = await firstAnswer(page, clip, false);
  const work = await page.evaluate(async repeats => {
    const at = path => new URL(path, location.href);
    const {Model} = await import(at('dslite/index.js'));
    const bytes = new Uint8Array(await (await fetch('model.tflite')).arrayBuffer());
    const {about, ...figures} = await window.measure(Model, bytes, repeats[0]);
    const bytesOf = async path => (await fetch(at(`dslite/${path}`))).arrayBuffer();
    const front = await window.measureFront(await import(at('dslite/core.js')), bytesOf, about, bytes, repeats[1]);
    return {...figures, front};
  }, [REPEATS, BATCHES]);
  await browser.close();
  return {...work, cold, warm};
}

function wav() {
  const rate = 16000;
  const seconds = 4;
  const bytes = Buffer.alloc(44 + 2 * rate * seconds);
  bytes.write('RIFF');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  [1, 1].forEach((value, i) => bytes.writeUInt16LE(value, 20 + 2 * i));
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(2 * rate, 28);
  [2, 16].forEach((value, i) => bytes.writeUInt16LE(value, 32 + 2 * i));
  bytes.write('data', 36);
  bytes.writeUInt32LE(2 * rate * seconds, 40);
  for (let i = 0; i < rate * seconds; ++i) bytes.writeInt16LE(Math.round(9000 * Math.sin(i * i * 1e-5)), 44 + 2 * i);
  return bytes;
}

const {Model} = await import(pathToFileURL(join(resolve(dist), 'node.js')));
const bytes = readFileSync(modelFile);
const {about, ...figures} = await measure(Model, bytes, REPEATS);
const bytesOf = async path => readFileSync(join(resolve(dist), path));
const core = await import(pathToFileURL(join(resolve(dist), 'core.js')));
console.log('node', {...figures, front: await measureFront(core, bytesOf, about, bytes, BATCHES)});
console.log('chromium', await browse());
