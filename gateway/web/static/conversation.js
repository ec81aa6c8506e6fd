/** What a shopper can do besides writing: ask for a person, go back to the bot, begin anew, rate an answer. */

import { PERSON_TEXT, PERSON_TITLE } from "./words.js";

export class Conversation {
  #api;
  #store;
  #sender;

  constructor(api, store, sender) {
    this.#api = api;
    this.#store = store;
    this.#sender = sender;
  }

  /** Presses the newest button for it that this conversation was offered, or says it in words. */
  askForPerson() {
    const offered = this.#store.items.flatMap((item) => item.buttons).filter(({ title }) => title === PERSON_TITLE);
    this.#sender.send(offered.at(-1) ?? { text: PERSON_TEXT });
  }

  async endHandoff() {
    this.#store.merge(await this.#api.change("POST", "/v1/handoff/end"));
  }

  /** Ends the session; the next one has an empty conversation. */
  async restart() {
    await this.#api.change("DELETE", "/v1/session");
    this.#store.outgoing = [];
    await this.#api.open();
  }

  async rate(seq, value) {
    const before = this.#store.items.find((item) => item.seq === seq)?.feedback ?? null;
    this.#store.setFeedback(seq, value);
    try {
      await this.#api.change("POST", "/v1/feedback", { seq, value });
    } catch (error) {
      this.#store.setFeedback(seq, before);
      throw error;
    }
  }
}
