// The browser's figures of RESULTS.md: node benches/web.mjs PACKAGE MODEL SITE_URL. PACKAGE is web/dist, SITE_URL
// where `dslite web MODEL --serve` serves. A chunk of sound is pushed into a fresh stream, many times over; what
// is not the network is the front end (work A where the recipe is the default), JavaScript included.
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join, resolve} from 'node:path';
import {pathToFileURL} from 'node:url';

const [dist, modelFile, address] = process.argv.slice(2);
const REPEATS = 200;

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
  const {runtime, isa} = model.about;
  model.close();
  const of = values => [Math.min(...values), values.sort((a, b) => a - b)[repeats >> 1]].map(v => v.toFixed(2)).join(' / ');
  return {isa, runtime, verified, front: of(front), network: of(network)};
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
  await page.addInitScript(`window.measure = ${measure}`);
  const cold = await firstAnswer(page, clip, true);
  await page.waitForFunction(() => document.documentElement.dataset.offline === 'ready');
  const warm = await firstAnswer(page, clip, false);
  const work = await page.evaluate(async repeats => {
    const {Model} = await import(new URL('dslite/index.js', location.href));
    return window.measure(Model, await (await fetch('model.tflite')).arrayBuffer(), repeats);
  }, REPEATS);
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
console.log('node', await measure(Model, readFileSync(modelFile), REPEATS));
console.log('chromium', await browse());
