// What Playwright cannot do, by Puppeteer: Debian's Firefox, and tabs that are really hidden. Environment as for
// test/page.test.mjs, and $DSLITE_WEB_MINUTES of microphone (0.2), in which the page may not grow.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import puppeteer from 'puppeteer-core';

const address = process.env.DSLITE_WEB_PAGE;
const folder = process.env.DSLITE_WEB_CASES;
const minutes = Number(process.env.DSLITE_WEB_MINUTES ?? 0.2);
const expected = JSON.parse(readFileSync(join(folder, 'expected.json'))).classes;
const timeout = 120_000; // of a machine with other work
const PAGE_BYTES = 4096;
const MOST_HEAP_GROWTH = 1e6;
const MOST_RESIDENT_GROWTH = 80e6; // what Chromium compiles and keeps meanwhile; a leak of a picture an answer is more in 30 minutes

async function withPage(options, work) {
  const browser = await puppeteer.launch({...options, timeout, protocolTimeout: timeout});
  try {
    const page = await browser.newPage();
    await page.goto(address, {timeout});
    await waitFor(page, 'badge', 'verified: the same bits');
    await page.evaluate(() => {
      window.answers = [];
      window.count = 0;
      addEventListener('dslite-answers', ({detail}) => {
        window.count += detail.answers.length;
        window.answers.push(...detail.answers.map(({start, end, label, scores}) => [start, end, label, [...scores]]));
        window.answers.splice(0, window.answers.length - 100);
      });
    });
    await work(page, browser);
  } finally {
    await browser.close();
  }
}

const waitFor = (page, id, pattern) =>
  page.waitForFunction((id, pattern) => new RegExp(pattern).test(document.getElementById(id)?.textContent),
    {timeout}, id, pattern);

test('recordings get native answers in Firefox, and a broken one is said', async () => {
  await withPage({browser: 'firefox', executablePath: '/usr/bin/firefox-esr'}, async page => {
    const files = await page.$('#files');
    await files.uploadFile(join(folder, 'clip.wav'), join(folder, 'expected.json'));
    await waitFor(page, 'status', '1 of 2 recordings left out');
    await waitFor(page, 'message', '^expected.json: no recording that this browser can decode');
    const answers = await page.evaluate(() => window.answers);
    assert.equal(answers.length, expected.answers.length);
    answers.forEach(([start, end, label, scores], i) => {
      assert.deepEqual([start, end, label], expected.answers[i].slice(0, 3));
      scores.forEach((score, j) => assert.ok(Math.abs(score - expected.answers[i][3][j]) < 1e-6));
    });
  });
});

/** Bytes of the page's heap, and of its process, whose worker has the core and the network. */
async function sizesOf(page, browser) {
  const session = await page.createCDPSession();
  await session.send('HeapProfiler.collectGarbage');
  await session.detach();
  const {JSHeapUsedSize: heap} = await page.metrics();
  const {processInfo} = await (await browser.target().createCDPSession()).send('SystemInfo.getProcessInfo');
  const resident = processInfo.filter(({type}) => type === 'renderer')
    .map(({id}) => PAGE_BYTES * Number(readFileSync(`/proc/${id}/statm`, 'ascii').split(' ')[1]));
  return {heap, resident: Math.max(...resident), answers: await page.evaluate(() => window.count)};
}

test('the microphone goes on in a hidden tab and back, and the page does not grow', async () => {
  const awake = ['--disable-backgrounding-occluded-windows', '--disable-renderer-backgrounding', '--disable-background-timer-throttling'];
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${process.env.DSLITE_WEB_SOUND}`];
  const chromium = {executablePath: '/usr/bin/chromium', ignoreDefaultArgs: awake, args};
  await withPage(chromium, async (page, browser) => {
    const hear = async more => {
      const wanted = more + (await page.evaluate(() => window.count));
      await page.waitForFunction(wanted => window.count >= wanted, {timeout, polling: 200}, wanted);
    };
    await page.click('#microphone');
    await hear(20);
    const before = await sizesOf(page, browser);
    const other = await browser.newPage();
    await other.bringToFront();
    await page.waitForFunction(() => document.visibilityState === 'hidden', {timeout, polling: 200});
    await hear(20);
    await page.bringToFront();
    await page.waitForFunction(() => document.visibilityState === 'visible', {timeout, polling: 200});
    await hear(20);
    for (let left = minutes; left > 0; left -= 1) {
      await sleep(60_000 * Math.min(left, 1));
      if (minutes > 1) console.log(Math.round(minutes - left + 1), JSON.stringify(await sizesOf(page, browser)));
    }
    const after = await sizesOf(page, browser);
    assert.match(await page.$eval('#status', status => status.textContent), /^listening/); // nothing was left out
    assert.ok(after.heap - before.heap < MOST_HEAP_GROWTH, `${before.heap} to ${after.heap}`);
    assert.ok(after.resident - before.resident < MOST_RESIDENT_GROWTH, `${before.resident} to ${after.resident}`);
  });
});
