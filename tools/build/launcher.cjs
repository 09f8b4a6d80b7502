// Becomes main.js of every artefact: runs libraries.js and app.js, from V8's code cache where the build's one fits this Node.
// It depends on neither the artefact's place nor its user, and writes nothing: a read-only file system is fine.
// (module.enableCompileCache would depend on the user's id and the processor's features, and compiles what ran lazily once more.)
'use strict';
const { readFileSync } = require('node:fs');
const { constants } = require('node:os');
const { join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');

/** What a start allocates mostly stays; a young generation that grew with it would keep 15 MB that are not needed later. */
const YOUNG_GENERATION_SMALL_MS = 1_000;

const appFile = join(__dirname, 'app.js');
const librariesFile = join(__dirname, 'libraries.js');

exitOnEarlySignal();
Error.prepareStackTrace = describeStack;
const librariesScript = compile(librariesFile);
const appScript = compile(appFile);
keepYoungGenerationSmall();
const libraries = run(librariesScript, librariesFile, require);
run(appScript, appFile, (name) => (Object.hasOwn(libraries, name) ? libraries[name]() : require(name)));

/**
 * As the first process of a container, one without a handler would not get the signal at all. The app sets its own while it loads;
 * a signal that comes meanwhile is delivered after that.
 */
function exitOnEarlySignal() {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => process.exit(128 + constants.signals[signal]));
  }
}

function compile(file) {
  const sourceBytes = readFileSync(file);
  const cachedData = codeCache(file);
  // The build writes ASCII only; reading it as Latin-1 makes one-byte strings without decoding.
  const source = sourceBytes.latin1Slice();
  const script = new Script(source, { filename: file, ...(cachedData && { cachedData }) });
  for (const bytes of [sourceBytes, cachedData]) if (bytes) giveBack(bytes);
  return script;
}

/** Megabytes that the garbage collector would not look at for long. A small buffer shares its memory with others; Node 20 cannot. */
function giveBack({ buffer, length }) {
  if (buffer.byteLength === length) buffer.transfer?.(0);
}

/** V8 refuses one that was made by another version of it, or with other flags; then the script is compiled, as it is without one. */
function codeCache(file) {
  try {
    return readFileSync(`${file}.cache`);
  } catch {
    return undefined;
  }
}

/** After the scripts are compiled, since V8's flags are part of what a code cache has to fit. */
function keepYoungGenerationSmall() {
  setFlagsFromString('--semi-space-growth-factor=1');
  setTimeout(() => setFlagsFromString('--semi-space-growth-factor=2'), YOUNG_GENERATION_SMALL_MS).unref();
}

function run(script, file, requireFrom) {
  const module = { exports: {} };
  script.runInThisContext()(module.exports, requireFrom, module, file, __dirname);
  return module.exports;
}

/** V8's own text, with places in app.js replaced by those in the source that it was built from. */
function describeStack(error, frames) {
  const lines = frames.map((frame) => `\n    at ${describeFrame(frame)}`);
  return `${Error.prototype.toString.call(error)}${lines.join('')}`;
}

function describeFrame(frame) {
  const text = String(frame);
  if (frame.getFileName() !== appFile) return text;
  const [line, column] = [frame.getLineNumber(), frame.getColumnNumber()];
  const place = placeInSource(line, column);
  return place ? text.replace(`${appFile}:${line}:${column}`, () => place) : text;
}

let places;

/** Where the build says that this place of app.js comes from. Without its list an error is shown with its places in app.js. */
function placeInSource(line, column) {
  try {
    places ??= JSON.parse(readFileSync(`${appFile}.places`, 'utf8'));
  } catch {
    places = { sources: [], lines: [] };
  }
  const segments = (places.lines[line - 1] ?? '').split(' ').map((segment) => segment.split(',').map(Number));
  const [, source, sourceLine, sourceColumn] = segments.findLast(([start]) => start < column) ?? [];
  return source === undefined ? undefined : `${places.sources[source]}:${sourceLine + 1}:${sourceColumn + 1}`;
}
