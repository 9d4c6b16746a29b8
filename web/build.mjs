// Builds dist/, the npm package, and dslite_web/site/, what a page is made of: `npm install && npm run build`.
// The core comes from --core FOLDER… (where dslite-simd.* and dslite-scalar.* lie), or is built by Emscripten.
import {execFileSync} from 'node:child_process';
import {cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {deflateSync} from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, 'dist');
const {values} = parseArgs({options: {core: {type: 'string', multiple: true}}});

// CMakeLists.txt says the version of the core, of Python's package and, by this, of npm's.
function checkVersion() {
  const [, version] = readFileSync(join(here, '..', 'CMakeLists.txt'), 'utf8').match(/project\(dslite VERSION ([0-9.]+)/);
  const {version: own} = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
  if (own !== version) throw new Error(`package.json: version ${own}, expected ${version} as in CMakeLists.txt: npm version ${version}`);
}

function buildCore(preset) {
  const folder = join(here, '..', 'build', preset);
  const env = {...process.env, NODE_PATH: '/usr/share/nodejs'}; // where Debian's Emscripten finds its packages
  const run = (...command) => execFileSync(command[0], command.slice(1), {stdio: 'inherit', env});
  run('emcmake', 'cmake', '-S', join(here, '..'), '--preset', preset, '-B', folder);
  run('cmake', '--build', folder, '--target', 'dslite_web', '--parallel');
  return join(folder, 'cpp', 'web');
}

function copyCore() {
  const folders = values.core ?? ['wasm', 'wasm-scalar'].map(buildCore);
  mkdirSync(join(dist, 'core'), {recursive: true});
  for (const name of ['dslite-simd', 'dslite-scalar'].flatMap(name => [`${name}.mjs`, `${name}.wasm`])) {
    const folder = folders.find(folder => existsSync(join(folder, name)));
    if (!folder) throw new Error(`${name} is in none of ${folders.join(', ')}`);
    cpSync(join(folder, name), join(dist, 'core', name));
  }
}

// LiteRT.js's loader is a script that sets a global, or a CommonJS module; as a module it can be imported by
// workers everywhere.
function copyLiteRt() {
  const main = createRequire(import.meta.url).resolve('@litertjs/core');
  const folder = join(dirname(main), '..', 'wasm');
  mkdirSync(join(dist, 'litert'), {recursive: true});
  for (const [name, theirs] of [['relaxed', 'litert_wasm_internal'], ['compat', 'litert_wasm_compat_internal']]) {
    const script = readFileSync(join(folder, `${theirs}.js`), 'utf8');
    const module = `export default (require, __dirname) => {\n${script}\nreturn ModuleFactory;\n};\n`;
    writeFileSync(join(dist, 'litert', `${name}.mjs`), module);
    cpSync(join(folder, `${theirs}.wasm`), join(dist, 'litert', `${name}.wasm`));
  }
}

function writeTypes() {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const options = ['-p', here, '--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--rootDir', join(here, 'src')];
  const files = join(here, 'tsconfig.types.json');
  writeFileSync(files, JSON.stringify({extends: './tsconfig.json', include: ['src/*.js']}));
  try {
    execFileSync(process.execPath, [tsc, ...options.with(1, files), '--outDir', dist], {stdio: 'inherit'});
  } finally {
    rmSync(files);
  }
}

// The icon's bars as a PNG, for systems that want one.
function icon(side) {
  const bars = [[40, 104, '3b528b'], [68, 72, '21918c'], [96, 40, '5ec962'], [124, 88, 'fde725']];
  const rows = Buffer.alloc(side * (1 + 3 * side));
  for (let y = 0; y < side; ++y) {
    for (let x = 0; x < side; ++x) {
      const [u, v] = [(x * 192) / side, (y * 192) / side];
      const bar = bars.find(([left, top]) => u >= left && u < left + 20 && v >= top && v < 152);
      rows.write(bar?.[2] ?? '440154', y * (1 + 3 * side) + 1 + 3 * x, 'hex');
    }
  }
  const part = (name, data) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    checksum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, checksum]);
  };
  const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, part('IHDR', head), part('IDAT', deflateSync(rows)), part('IEND', Buffer.alloc(0))]);
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function writeSite() {
  const site = join(here, 'dslite_web', 'site');
  rmSync(site, {recursive: true, force: true});
  cpSync(join(here, 'page'), site, {recursive: true});
  cpSync(dist, join(site, 'dslite'), {recursive: true, filter: path => !path.endsWith('.d.ts') && !/\/node(_worker)?\.js$/.test(path)});
  for (const side of [192, 512]) writeFileSync(join(site, `icon-${side}.png`), icon(side));
}

checkVersion();
rmSync(dist, {recursive: true, force: true});
copyCore();
copyLiteRt();
for (const name of readdirSync(join(here, 'src'))) cpSync(join(here, 'src', name), join(dist, name));
writeTypes();
writeSite();
