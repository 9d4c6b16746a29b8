// The page in Debian's Firefox, as test/page.test.mjs has it in Chromium: recordings get native answers.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';

import puppeteer from 'puppeteer-core';

const address = process.env.DSLITE_WEB_PAGE;
const folder = process.env.DSLITE_WEB_CASES;
const expected = JSON.parse(readFileSync(join(folder, 'expected.json'))).classes;
const timeout = 120_000; // of a machine with other work
let browser;

before(async () => {
  browser = await puppeteer.launch({browser: 'firefox', executablePath: '/usr/bin/firefox-esr', timeout, protocolTimeout: timeout});
});
after(() => browser?.close());

const waitFor = (page, id, pattern) =>
  page.waitForFunction((id, pattern) => new RegExp(pattern).test(document.getElementById(id)?.textContent),
    {timeout}, id, pattern);

test('recordings get native answers in Firefox, and a broken one is said', async () => {
  const page = await browser.newPage();
  await page.goto(address, {timeout});
  await waitFor(page, 'badge', 'verified: the same bits');
  await page.evaluate(() => {
    window.answers = [];
    addEventListener('dslite-answers', ({detail}) => window.answers.push(
      ...detail.answers.map(({start, end, label, scores}) => [start, end, label, [...scores]])));
  });
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
