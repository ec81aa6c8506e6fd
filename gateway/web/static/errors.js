/** What may go wrong between this page and the gateway, each with a sentence. */

import { words } from "./words.js";

/** The gateway refused: `message` is its sentence, `retryAfterS` when it may be asked again. */
export class Refused extends Error {
  constructor(status, sentence, retryAfterS) {
    super(sentence);
    this.status = status;
    this.retryAfterS = retryAfterS;
  }

  /** Whether the same request may succeed later. */
  get isPassing() {
    return this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** No answer came: nobody knows whether the request arrived. */
export class NoConnection extends Error {
  constructor() {
    super(words.noConnection);
  }
}

/** The browser does not send our cookie back, as some do in another site's frame. */
export class NoCookie extends Error {
  constructor() {
    super(words.cookies);
  }
}
