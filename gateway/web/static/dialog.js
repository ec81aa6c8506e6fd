/** Asks before something is ended. */

import { byId } from "./dom.js";

/** Resolves to whether the shopper said yes. Escape and the safe button are no. */
export function confirmed({ title, text, yes, no }) {
  const dialog = byId("question");
  for (const [id, words] of [["title", title], ["text", text], ["yes", yes], ["no", no]]) {
    byId(`question-${id}`).textContent = words;
  }
  dialog.returnValue = "no";
  dialog.showModal();
  byId("question-no").focus();
  return new Promise((resolve) => {
    byId("question-yes").onclick = () => dialog.close("yes");
    byId("question-no").onclick = () => dialog.close("no");
    dialog.onclose = () => resolve(dialog.returnValue === "yes");
  });
}
