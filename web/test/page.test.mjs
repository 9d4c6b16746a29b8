// The page in Chromium. tests/board/test_web.py serves it at $DSLITE_WEB_PAGE, and compares what is written to
// $DSLITE_WEB_CASES/microphone.json with what native dslite says of the same sound.
import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';

import {chromium} from 'playwright-core';

const address = process.env.DSLITE_WEB_PAGE;
const folder = process.env.DSLITE_WEB_CASES;
const expected = JSON.parse(readFileSync(join(folder, 'expected.json'))).classes;
const scratch = mkdtempSync(join(tmpdir(), 'dslite-page.'));
const PATIENCE_MS = 120_000; // of a machine with other work
const INSECURE = 'dslite.example';
const FAKE_MICROPHONE = [
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  `--use-file-for-fake-audio-capture=${process.env.DSLITE_WEB_SOUND}`,
];
let browser;
let refusing;

function launch(...options) {
  const quiet = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', `--host-resolver-rules=MAP ${INSECURE} 127.0.0.1`];
  return chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox', ...quiet, ...options]});
}

before(async () => {
  [browser, refusing] = await Promise.all([launch(...FAKE_MICROPHONE), launch('--deny-permission-prompts')]);
});
after(async () => {
  await Promise.all([browser?.close(), refusing?.close()]);
  rmSync(scratch, {recursive: true});
});

// Records what the page shows and hands to the worker.
function record() {
  window.answers = [];
  window.pushed = [];
  addEventListener('dslite-answers', ({detail}) => window.answers.push(
    ...detail.answers.map(({start, end, label, scores}) => [start, end, label, [...scores]])));
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (message, ...rest) {
    if (message.method === 'push') window.pushed.push([...message.args[1]]);
    return post.call(this, message, ...rest);
  };
  const getUserMedia = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  if (getUserMedia) navigator.mediaDevices.getUserMedia = async wish => (window.media = await getUserMedia(wish));
}

const waitFor = (page, id, pattern) =>
  page.waitForFunction(([id, pattern]) => new RegExp(pattern).test(document.getElementById(id).textContent),
    [id, pattern]);
const showsMessage = (page, pattern) => waitFor(page, 'message', pattern);

async function open(work, {of = browser, url = address, prepare, ready = 'verified'} = {}) {
  const context = await of.newContext({serviceWorkers: prepare ? 'block' : 'allow'});
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.addInitScript(record);
    await prepare?.(page);
    await page.goto(url);
    await waitFor(page, 'badge', ready);
    await work(page, context);
  } finally {
    await context.close();
  }
}

async function play(page, ...files) {
  await page.setInputFiles('#files', files);
  await waitFor(page, 'status', 'done|left out');
  return page.evaluate(() => window.answers);
}

function assertNative(answers) {
  assert.equal(answers.length, expected.answers.length);
  answers.forEach(([start, end, label, scores], i) => {
    assert.deepEqual([start, end, label], expected.answers[i].slice(0, 3));
    scores.forEach((score, j) => assert.ok(Math.abs(score - expected.answers[i][3][j]) < 1e-6));
  });
}

test('a recording gets native answers, and nothing but this origin is asked', async () => {
  const requests = [];
  await open(async (page, context) => {
    context.on('request', request => requests.push(request.url()));
    assertNative(await play(page, join(folder, 'clip.wav')));
    assert.match(await page.textContent('#events'), new RegExp(expected.events[0][2]));
    assert.equal(await page.locator('#picture').evaluate(canvas =>
      canvas.getContext('2d').getImageData(950, 100, 1, 1).data[3]), 255);
    await page.reload();
    await waitFor(page, 'badge', 'verified');
    assert.ok(requests.length > 10);
    for (const url of requests) assert.equal(new URL(url).origin, new URL(address).origin);
    const elsewhere = 'http://127.0.0.1:9/';
    assert.equal(await page.evaluate(url => fetch(url).then(() => 'sent', error => error.name), elsewhere), 'TypeError');
  });
});

test('it works offline after the first load', async () => {
  await open(async (page, context) => {
    await page.waitForFunction(() => document.documentElement.dataset.offline === 'ready', null);
    await context.setOffline(true);
    await page.reload();
    await waitFor(page, 'badge', 'verified');
    assertNative(await play(page, join(folder, 'clip.wav')));
  });
});

test('the microphone is heard, hidden too, until it is disconnected', async () => {
  await open(async page => {
    await page.focus('#microphone');
    await page.keyboard.press('Enter');
    await waitFor(page, 'status', 'listening at');
    await page.waitForFunction(() => window.answers.length >= 10);
    await page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true});
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await page.waitForFunction(() => window.answers.length >= 20);
    const rate = Number((await page.textContent('#status')).match(/(\d+) Hz/)[1]);
    await page.evaluate(() => window.media.getAudioTracks()[0].dispatchEvent(new Event('ended')));
    await showsMessage(page, 'the microphone was disconnected');
    assert.equal(await page.getAttribute('#microphone', 'aria-pressed'), 'false');
    const heard = await page.evaluate(() => ({answers: window.answers, sound: window.pushed.flat()}));
    writeFileSync(join(folder, 'microphone.json'), JSON.stringify({rate, ...heard}));
  });
});

test('a microphone that is refused is said, and recordings still work', async () => {
  await open(async page => {
    await page.click('#microphone');
    await showsMessage(page, 'the microphone was not allowed|has no microphone');
    assertNative(await play(page, join(folder, 'clip.wav')));
  }, {of: refusing});
});

test('an insecure page says what the microphone needs', async () => {
  await open(async page => {
    await page.click('#microphone');
    await showsMessage(page, 'the microphone needs a secure page');
  }, {url: address.replace('localhost', INSECURE)});
});

test('a broken model is said, and the page is not blank', async () => {
  const body = readFileSync(join(folder, 'classes.tflite'));
  body[200] ^= 1;
  const prepare = page => page.route('**/model.tflite', route => route.fulfill({body}));
  await open(async page => {
    await showsMessage(page, '^classes: .*damaged');
    assert.ok(await page.isDisabled('#files'));
  }, {prepare, ready: 'no model'});
});

test('without SIMD the core is the scalar one, and the page says what is missing', async () => {
  const prepare = page => page.route('**/dslite/network.js', async route => {
    const response = await route.fetch();
    await route.fulfill({response, body: (await response.text()).replace('validates(SIMD)', 'false')});
  });
  await open(page => showsMessage(page, 'no WebAssembly SIMD'), {prepare, ready: 'no model'});
});

test('what is no recording is said and left out; the rest is done', async () => {
  const odd = ['empty.wav', 'text.mp3', 'cut.wav'].map(name => join(scratch, name));
  writeFileSync(odd[0], '');
  writeFileSync(odd[1], 'not a sound');
  writeFileSync(odd[2], readFileSync(join(folder, 'clip.wav')).subarray(0, 30));
  await open(async page => {
    assertNative(await play(page, ...odd, join(folder, 'clip.wav')));
    assert.equal(await page.textContent('#status'), '3 of 4 recordings left out');
    await showsMessage(page, '^cut.wav: ');
  });
});

test('a WAV of 500 MB is read to its end', async () => {
  const big = join(scratch, 'big.wav');
  const [bytes, channels, rate] = [500_000_000, 8, 192000];
  const head = Buffer.alloc(44);
  head.write('RIFF');
  head.writeUInt32LE(bytes - 8, 4);
  head.write('WAVEfmt ', 8);
  [16, 4].forEach((value, i) => head.writeUInt32LE(value, [16, 24][i]));
  head.writeUInt16LE(3, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * channels * 4, 28);
  head.writeUInt16LE(channels * 4, 32);
  head.writeUInt16LE(32, 34);
  head.write('data', 36);
  head.writeUInt32LE(bytes - 44, 40);
  writeFileSync(big, head);
  truncateSync(big, bytes); // silence that takes no room on disk
  const seconds = Math.floor((bytes - 44) / channels / 4) / rate;
  await open(async page => {
    const answers = await play(page, big);
    assert.ok(Math.abs(answers.at(-1)[1] - seconds) < 0.01, `${answers.at(-1)[1]}`);
    assert.match(await page.textContent('#status'), /^big.wav: 1:21\.4 done/);
  });
});
