// The API under Node against what native dslite answers: $DSLITE_WEB_CASES, a folder that tests/board/test_web.py
// writes, has models, a clip and the expected answers.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

import {DsliteError, Model} from 'dslite';

const folder = process.env.DSLITE_WEB_CASES;
const file = name => readFileSync(join(folder, name));
const floats = name => new Float32Array(new Uint8Array(file(name)).buffer);
const expected = JSON.parse(file('expected.json'));
const clip = floats('clip.f32');
const RATE = 44100;
const CHANNELS = 2;

async function withModel(name, work, options = {}) {
  const model = await Model.open(file(`${name}.tflite`), {name, ...options});
  try {
    return await work(model);
  } finally {
    model.close();
  }
}

function assertAnswers(answers, wanted, tolerance) {
  assert.equal(answers.length, wanted.length);
  answers.forEach((answer, i) => {
    assert.deepEqual([answer.start, answer.end, answer.label], wanted[i].slice(0, 3));
    answer.scores.forEach((score, j) => assert.ok(Math.abs(score - wanted[i][3][j]) <= tolerance, `${score}`));
  });
}

for (const [name, tolerance] of [['classes', 1e-6], ['pixels', 0], ['int8', 0], ['explained', 1e-6], ['explained-int8', 0]]) {
  test(`${name}: the answers are native ones, of a WAV, of samples and of a stream`, async () => {
    await withModel(name, async model => {
      const wanted = expected[name].answers;
      const whole = await model.predict(file('clip.wav'));
      assertAnswers(whole.answers, wanted, tolerance);
      assert.deepEqual(whole.events.map(e => [e.start, e.end, e.label]), expected[name].events);
      assertAnswers((await model.predict(clip, RATE, {channels: CHANNELS})).answers, wanted, tolerance);
      const stream = await model.stream(RATE, {channels: CHANNELS});
      const answers = [];
      for (let at = 0; at < clip.length; at += 2 * 977) {
        answers.push(...(await stream.push(clip.subarray(at, at + 2 * 977))).answers);
      }
      answers.push(...(await stream.finish()).answers);
      assertAnswers(answers, wanted, tolerance);
    });
  });
}

test('a recipe of whole clips predicts, and cannot be streamed', async () => {
  await withModel('whole', async model => {
    assertAnswers((await model.predict(file('clip.wav'))).answers, expected.whole.answers, 0);
    await assert.rejects(model.stream(), {name: 'DsliteError', message: /takes whole clips/});
  });
});

test('pictures are the core\'s, with the network and without', async () => {
  const mono = floats('mono.f32');
  const wanted = floats('picture.f32');
  for (const network of [true, false]) {
    await withModel('classes', async model => assert.deepEqual((await model.picture(mono)).values, wanted), {network});
  }
  await withModel('classes', async model => {
    const {answers} = await model.predict(mono, undefined, {pictures: true});
    assert.deepEqual(answers[0].picture.values, wanted);
  });
});

function assertExplained(explanations, wanted) {
  const near = (values, others, tolerance) => {
    assert.equal(values.length, others.length);
    values.forEach((value, i) => assert.ok(Math.abs(value - others[i]) <= tolerance, `${value}, ${others[i]}`));
  };
  assert.equal(explanations.length, wanted.length);
  explanations.forEach(({label, rows, columns, relevance, regions}, i) => {
    assert.equal(label, wanted[i].label);
    assert.deepEqual([rows, columns], [wanted[i].relevance.length, wanted[i].relevance[0].length]);
    near([...relevance], wanted[i].relevance.flat(), 1e-5);
    const found = regions.map(({start, end, lowHz, highHz, share}) => [start, end, lowHz, highHz, share]);
    near(found.flat(), wanted[i].regions.flat(), 1e-4);
  });
}

for (const name of ['explained', 'explained-int8']) {
  test(`${name}: answers are explained as native ones`, async () => {
    await withModel(name, async model => {
      assert.equal(model.about.explains, true);
      const {answers} = await model.predict(file('clip.wav'), 0, {explain: true});
      assertExplained(answers.map(answer => answer.explanation), expected[name].explanations);
      const stream = await model.stream(RATE, {channels: CHANNELS});
      assert.equal((await stream.push(clip)).answers[0].explanation, undefined); // nobody asked
    });
  });
}

test('a network without class maps explains nothing, and says so', async () => {
  await withModel('classes', async model => {
    assert.equal(model.about.explains, false);
    await assert.rejects(model.stream(RATE, {explain: true}), {name: 'RangeError', message: /classes: the network has no class maps/});
  });
});

test('verify replays the golden clip', async () => {
  const stages = ['samples', 'log_mel', 'tensor', 'scores'];
  for (const [network, count] of [[true, 4], [false, 3]]) {
    await withModel('classes', async model => {
      const checks = await model.verify();
      assert.deepEqual(checks.map(check => check.stage), stages.slice(0, count));
      assert.ok(checks.every(check => check.agrees));
    }, {network});
  }
  await withModel('pixels', async model => assert.rejects(model.verify(), /holds no golden clip/));
});

test('a wrong argument is a RangeError, and the stream goes on', async () => {
  await withModel('classes', async model => {
    await assert.rejects(model.predict([0, 1]), RangeError);
    await assert.rejects(model.stream(7), {name: 'RangeError', message: /7/});
    await assert.rejects(model.stream(44100, {channels: 0}), {name: 'RangeError', message: /channels = 0/});
    const stream = await model.stream();
    await assert.rejects(stream.push(new Float32Array([0, NaN])), {name: 'RangeError', message: /frame 1, channel 0/});
    assert.deepEqual((await stream.push(new Float32Array(10))).answers, []);
    await stream.finish();
    await assert.rejects(stream.push(new Float32Array(10)), /the stream is finished/);
  });
});

test('what is wrong with a file is said in the core\'s words', async () => {
  const bytes = new Uint8Array(file('classes.tflite'));
  const open = bytes => Model.open(bytes, {name: 'm'});
  await assert.rejects(open(new Uint8Array(100)), {name: 'DsliteError', message: /^m: not a TensorFlow Lite model/});
  await assert.rejects(open(new Uint8Array(0)), DsliteError);
  await assert.rejects(open('m.tflite'), RangeError);
  await assert.rejects(open(bytes.slice(0, bytes.indexOf(0x50, 40))), DsliteError); // no bundle
  const damaged = bytes.slice();
  damaged[200] ^= 1;
  await assert.rejects(open(damaged), DsliteError);
  const unusable = name => Model.open(file(`${name}.tflite`), {name});
  await assert.rejects(unusable('bare'), {name: 'DsliteError', message: 'bare: no archive at its end, expected a dslite bundle'});
  await assert.rejects(unusable('large'), {name: 'DsliteError', message: /^large: recipe.toml: line \d+: chunk.seconds takes \d+ of the \d+ MiB/});
  await withModel('classes', async model => {
    await assert.rejects(model.predict(new Uint8Array(50), 0, {name: 'x.wav'}), {name: 'DsliteError', message: /^x\.wav/});
    await assert.rejects(model.predict(new Float32Array(0)), /the recording is empty/);
  });
});

test('a closed model rejects what is awaited', async () => {
  const model = await Model.open(file('classes.tflite'));
  const verified = model.verify();
  model.close();
  await assert.rejects(verified, /the model is closed/);
  await assert.rejects(model.verify(), /the model is closed/);
});
