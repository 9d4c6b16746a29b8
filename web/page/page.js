// The page: one model, recordings or the microphone in, picture, answers and events out.
import {Model} from './dslite/index.js';
import {Microphone} from './microphone.js';
import {Rolling} from './rolling.js';
import {decode, isWav} from './sound.js';

const $ = id => document.getElementById(id);
const MOST_EVENTS = 200;
const MOST_BARS = 12;
const LATE_SECONDS = 10; // of sound that waits: more is left out, and said

const rolling = new Rolling($('picture'));
let model = null;
let microphone = null;
let bars = [];

function fail(error) {
  $('message').textContent = error.message ?? String(error);
  $('message').hidden = false;
}
const clearFailure = () => ($('message').hidden = true);
const say = text => ($('status').textContent = text);
const time = seconds => `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, '0')}`;

function badge(text, kind) {
  $('badge').textContent = text;
  $('badge').className = `badge ${kind}`;
}

async function loadModel() {
  const response = await fetch('model.tflite');
  if (!response.ok) throw new Error(`model.tflite could not be loaded: HTTP ${response.status}`);
  const settings = await (await fetch('site.json')).json();
  document.title = $('name').textContent = settings.name;
  return Model.open(await response.arrayBuffer(), {name: settings.name});
}

async function verify() {
  try {
    const diverged = (await model.verify()).find(check => !check.agrees);
    if (diverged) badge(`differs from training: ${diverged.text}`, 'bad');
    else badge('verified: the same bits as in training', 'good');
  } catch (error) {
    badge('not verified', '');
    $('badge').title = error.message;
  }
}

function makeBars() {
  const count = Math.min(model.labels.length, MOST_BARS);
  bars = Array.from({length: count}, () => {
    const row = document.createElement('div');
    row.className = 'bar';
    row.append(document.createElement('span'), document.createElement('meter'), document.createElement('output'));
    row.children[1].setAttribute('aria-hidden', 'true');
    $('bars').append(row);
    return row;
  });
}

function showWhy({explanation}) {
  if (!explanation || !$('explains').checked) return;
  const [first] = explanation.regions;
  const hertz = first?.lowHz === undefined ? '' : `, ${Math.round(first?.lowHz)} to ${Math.round(first?.highHz)} Hz`;
  $('why').textContent = first
    ? `${time(first.start)} to ${time(first.end)}${hertz} give ${Math.round(100 * first.share)} % of ${explanation.label}`
    : `nothing in the picture speaks for ${explanation.label}`;
}

const soundOptions = () => ({pictures: true, explain: model.about.explains});

// With more labels than bars, those of the highest scores.
function showScores(answer) {
  const best = answer.scores.indexOf(Math.max(...answer.scores));
  let order = [...answer.scores.keys()];
  if (order.length > bars.length) order = order.sort((a, b) => answer.scores[b] - answer.scores[a]).slice(0, bars.length);
  order.forEach((label, row) => {
    const [name, meter, score] = bars[row].children;
    name.textContent = model.labels[label];
    meter.value = answer.scores[label];
    score.textContent = answer.scores[label].toFixed(2);
    bars[row].classList.toggle('best', model.about.classes && label === best);
  });
  $('span').textContent = `${time(answer.start)} to ${time(answer.end)}${answer.label ? `: ${answer.label}` : ''}`;
}

function showEvents(events) {
  for (const event of events) {
    const line = document.createElement('li');
    line.textContent = `${time(event.start)} to ${time(event.end)} ${event.label} (${event.peak.toFixed(2)})`;
    $('events').prepend(line);
    if ($('events').children.length > MOST_EVENTS) $('events').lastChild.remove();
  }
}

/** Shows the answers of a push, the last one whole. */
function show({answers, events = [], times}, seconds) {
  for (const answer of answers) showEvents(answer.events);
  showEvents(events);
  const {chunkSamples, rate} = model.about;
  for (const answer of answers) rolling.show(answer, chunkSamples / rate);
  const last = answers.at(-1);
  if (!last) return;
  showScores(last);
  showWhy(last);
  const each = ms => `${(ms / answers.length).toFixed(1)} ms`;
  $('latency').textContent = each(times.all);
  $('network').textContent = each(times.network);
  $('factor').textContent = (times.all / 1000 / seconds).toPrecision(2);
  dispatchEvent(new CustomEvent('dslite-answers', {detail: {answers, times}}));
}

async function playFile(file) {
  rolling.clear();
  const sound = (await isWav(file)) ? file : await decode(file);
  const {samples, rate, channels} = sound === file ? {samples: file} : sound;
  let before = 0;
  const each = part => {
    show(part, part.seconds - before || 1);
    before = part.seconds;
    say(`${file.name}: ${time(part.seconds)}`);
  };
  const end = await model.predict(samples, rate, {...soundOptions(), channels, name: file.name, each});
  say(`${file.name}: ${time(end.seconds)} done${end.warning ? `; ${end.warning}` : ''}`);
}

async function playFiles(files) {
  if (!model) return;
  clearFailure();
  await stopMicrophone();
  busy(true);
  $('events').replaceChildren();
  let failed = 0;
  for (const file of files) {
    try {
      await playFile(file);
    } catch (error) {
      fail(error); // the rest is done
      ++failed;
    }
  }
  if (failed > 0) say(`${failed} of ${files.length} recordings left out`);
  busy(false);
  $('files').value = '';
}

function busy(is) {
  $('microphone').disabled = $('files').disabled = is;
}

async function startMicrophone() {
  clearFailure();
  rolling.clear();
  $('events').replaceChildren();
  let [stream, waiting, late, running] = [null, [], 0, Promise.resolve()];
  const pump = async () => {
    const blocks = waiting.splice(0);
    if (!stream || blocks.length === 0) return;
    const samples = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
    blocks.reduce((at, block) => (samples.set(block, at), at + block.length), 0);
    show(await stream.push(samples), samples.length / microphone.rate);
  };
  const take = block => {
    if (waiting.length * block.length > LATE_SECONDS * microphone?.rate) {
      say(`this device is too slow: ${++late} blocks of sound left out`);
      return;
    }
    waiting.push(block);
    running = running.then(pump).catch(fail);
  };
  const opened = await Microphone.open(take, reason => stopMicrophone().then(() => fail(new Error(reason))));
  opened.stop = async () => {
    await opened.close();
    await running;
    const end = await stream.finish();
    show(end, model.about.hopSamples / model.about.rate);
  };
  stream = await model.stream(opened.rate, soundOptions());
  microphone = opened;
  say(`listening at ${opened.rate} Hz`);
}

async function stopMicrophone() {
  const open = microphone;
  microphone = null;
  if (!open) return;
  await open.stop();
  pressed(false);
  say('stopped');
}

function pressed(is) {
  $('microphone').setAttribute('aria-pressed', String(is));
  $('microphone').textContent = is ? 'Stop the microphone' : 'Start the microphone';
}

$('microphone').addEventListener('click', async () => {
  try {
    if (microphone) return await stopMicrophone();
    $('microphone').disabled = true;
    await startMicrophone();
    pressed(true);
  } catch (error) {
    fail(error);
  } finally {
    $('microphone').disabled = false;
  }
});
$('explains').addEventListener('change', () => {
  rolling.shaded = $('explains').checked; // from the next answer on
  $('shaded').hidden = !rolling.shaded;
  $('why').textContent = '';
});
$('files').addEventListener('change', () => playFiles([...$('files').files]));
addEventListener('dragover', event => {
  event.preventDefault();
  document.body.classList.add('dropping');
});
addEventListener('dragleave', () => document.body.classList.remove('dropping'));
addEventListener('drop', event => {
  event.preventDefault();
  document.body.classList.remove('dropping');
  playFiles([...event.dataTransfer.files]);
});

try {
  model = await loadModel();
  makeBars();
  $('explain').hidden = !model.about.explains;
  $('card').textContent = model.about.card;
  $('runtime').textContent = `dslite ${model.about.version}, ${model.about.isa}, ${model.about.runtime}`;
  busy(false);
  await verify();
  // After the model, whose files then come out of the browser's cache.
  if ('serviceWorker' in navigator && isSecureContext) {
    await navigator.serviceWorker.register('service-worker.js', {type: 'module'});
    await navigator.serviceWorker.ready;
    document.documentElement.dataset.offline = 'ready';
  }
} catch (error) {
  if (!model) badge('no model', 'bad');
  fail(error);
}
