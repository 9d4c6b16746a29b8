/** What is wrong with a file, a model or the browser, in the core's own words. */
export class DsliteError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'DsliteError';
  }
}

/**
 * An error as it crosses from the worker to the page.
 * @param {unknown} error
 * @returns {{message: string, isArgument: boolean}}
 */
export function pack(error) {
  const message = error instanceof Error ? error.message : String(error);
  return {message, isArgument: error instanceof RangeError};
}

/**
 * What a WebAssembly module threw while it was started, in a sentence: a browser's own words for want of memory
 * are a page of Emscripten's.
 * @param {unknown} error
 * @param {string} what wants it
 */
export function whyNotStarted(error, what) {
  const {message} = pack(error);
  const reason = /memory|alloc/i.test(message) ? 'the browser gives this tab no more memory: close other tabs, or take a smaller model' : message;
  return new Error(`${what} cannot be started: ${reason}`);
}

/**
 * The error that pack() was given: a RangeError for a wrong argument, a DsliteError for all else.
 * @param {{message: string, isArgument: boolean}} packed
 */
export function unpack(packed) {
  return packed.isArgument ? new RangeError(packed.message) : new DsliteError(packed.message);
}
