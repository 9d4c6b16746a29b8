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
const cases = JSON.parse(readFileSync(join(folder, 'expected.json')));
const expected = cases.classes;
const scratch = mkdtempSync(join(tmpdir(), 'dslite-page.'));
const PATIENCE_MS = 120_000; // of a machine with other work
const INSECURE = 'dslite.example';
const FAKE_MICROPHONE = [
  '--use-fake-device-for-media-stream',
  `--use-file-for-fake-audio-capture=${process.env.DSLITE_WEB_SOUND}`,
];
let browser;

function launch(...options) {
  const quiet = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', `--host-resolver-rules=MAP ${INSECURE} 127.0.0.1`];
  return chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox', ...quiet, ...options]});
}

before(async () => {
  browser = await launch(...FAKE_MICROPHONE);
});
after(async () => {
  await browser?.close();
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
}

const waitFor = (page, id, pattern) =>
  page.waitForFunction(([id, pattern]) => new RegExp(pattern).test(document.getElementById(id).textContent),
    [id, pattern]);
const showsMessage = (page, pattern) => waitFor(page, 'message', pattern);

// `allowed` names what the visitor permits; all else is refused.
async function open(work, {of = browser, url = address, prepare, ready = 'verified', allowed = ['microphone']} = {}) {
  const context = await of.newContext({serviceWorkers: prepare ? 'block' : 'allow'});
  if (allowed) await context.grantPermissions(allowed, {origin: new URL(url).origin});
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
  await page.evaluate(() => {
    document.getElementById('status').textContent = '';
    window.answers = [];
  });
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

/** The site of another model of the cases. */
const withModel = name => page =>
  page.route('**/model.tflite', route => route.fulfill({body: readFileSync(join(folder, `${name}.tflite`))}));

/** As when the visitor takes the permission back, or pulls the plug: the browser ends the microphone's track. */
async function endMicrophone(context) {
  const session = await context.browser().newBrowserCDPSession();
  const {targetInfos} = await session.send('Target.getTargets');
  const {browserContextId} = targetInfos.find(target => target.url.startsWith(address));
  await session.send('Browser.setPermission', {permission: {name: 'microphone'}, setting: 'denied',
    origin: new URL(address).origin, browserContextId});
}

test('the microphone is heard until it is disconnected', async () => {
  await open(async (page, context) => {
    await page.focus('#microphone');
    await page.keyboard.press('Enter');
    await waitFor(page, 'status', 'listening at');
    await page.waitForFunction(() => window.answers.length >= 10);
    const rate = Number((await page.textContent('#status')).match(/(\d+) Hz/)[1]);
    await endMicrophone(context);
    await showsMessage(page, 'the microphone was disconnected');
    await waitFor(page, 'status', 'stopped');
    assert.equal(await page.getAttribute('#microphone', 'aria-pressed'), 'false');
    const heard = await page.evaluate(() => ({answers: window.answers, sound: window.pushed.flat()}));
    writeFileSync(join(folder, 'microphone.json'), JSON.stringify({rate, ...heard}));
  });
});

test('a microphone that is refused is said, and recordings still work', async () => {
  await open(async page => {
    await page.click('#microphone');
    await showsMessage(page, 'the microphone was not allowed');
    assertNative(await play(page, join(folder, 'clip.wav')));
  }, {allowed: []});
});

test('a machine without a microphone, and without much memory, says so', async () => {
  const other = await launch('--use-fake-ui-for-media-stream', '--js-flags=--wasm-max-mem-pages=100');
  try {
    await open(page => showsMessage(page, '^dslite cannot be started: the browser gives this tab no more memory'),
      {of: other, ready: 'no model'});
    await open(async page => {
      await page.evaluate(async () => {
        const {Microphone} = await import('./microphone.js');
        const shown = document.getElementById('message');
        await Microphone.open().catch(error => (shown.textContent = error.message));
      });
      await showsMessage(page, 'this device has no microphone');
    }, {of: other, ready: 'no model'});
  } finally {
    await other.close();
  }
});

test('what speaks for an answer is shown where the bundle carries it', async () => {
  const light = page => page.locator('#picture').evaluate(canvas =>
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
      .reduce((sum, value, i) => sum + (i % 4 < 3 ? value : 0), 0));
  await open(async page => {
    await play(page, join(folder, 'clip.wav'));
    assert.equal(await page.textContent('#why'), '');
    const plain = await light(page);
    await page.focus('#explains');
    await page.keyboard.press('Space');
    await play(page, join(folder, 'clip.wav'));
    const {label, regions: [[, , low, high, share]]} = cases.explained.explanations.at(-1);
    const words = await page.textContent('#why');
    assert.ok(words.endsWith(`${Math.round(low)} to ${Math.round(high)} Hz give ${Math.round(100 * share)} % of ${label}`), words);
    const shaded = await light(page);
    assert.ok(shaded > 0.25 * plain && shaded < 0.9 * plain, `${shaded} of ${plain}`);
  }, {prepare: withModel('explained')});
  await open(async page => assert.ok(await page.isHidden('#explain')));
});

test('an insecure page says what the microphone needs', async () => {
  await open(async page => {
    await page.click('#microphone');
    await showsMessage(page, 'the microphone needs a secure page');
  }, {url: address.replace('localhost', INSECURE), allowed: null});
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

test('a model without bundle, and a recipe too large, are said', async () => {
  for (const [name, message] of [['bare', 'expected a dslite bundle'], ['large', 'MiB that this recipe needs']]) {
    await open(async page => {
      await showsMessage(page, message);
      assert.ok(await page.isDisabled('#microphone'));
    }, {prepare: withModel(name), ready: 'no model'});
  }
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
