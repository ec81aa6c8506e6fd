/** Sends a photo to the gateway and tells how far it is: `fetch` cannot. */

import { NoConnection, Refused } from "./errors.js";
import { words } from "./words.js";

const TIMEOUT_MS = 60000;

/** The id of the photo; `onProgress(part)` gets numbers between 0 and 1. */
export function sendPhoto(blob, { csrf, onProgress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/v1/photos");
    request.timeout = TIMEOUT_MS;
    request.responseType = "json";
    request.setRequestHeader("Content-Type", blob.type);
    request.setRequestHeader("X-CSRF-Token", csrf);
    request.upload.addEventListener("progress", ({ loaded, total }) => total > 0 && onProgress(loaded / total));
    for (const name of ["error", "timeout", "abort"]) {
      request.addEventListener(name, () => reject(new NoConnection()));
    }
    request.addEventListener("load", () => {
      const { status, response } = request;
      if (status === 201) resolve(response.photo_id);
      else reject(new Refused(status, response?.error ?? words.broken, Number(request.getResponseHeader("Retry-After")) || null));
    });
    request.send(blob);
  });
}
