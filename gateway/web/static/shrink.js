/** Makes a photo small before it is sent, where the browser can read it. */

const SIDE = 2048;
const QUALITY = 0.85;

/** A JPEG of at most 2048 pixels on the long side, upright and without metadata; null: this browser can't read it. */
export async function shrink(file) {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (bitmap === null) return null;
  const canvas = document.createElement("canvas");
  draw(bitmap, canvas, SIDE);
  bitmap.close();
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}

/** Draws `blob` into `canvas`, at most `side` pixels wide and high. Nothing if it is no picture. */
export async function preview(blob, canvas, side) {
  const bitmap = await createImageBitmap(blob).catch(() => null);
  if (bitmap !== null) draw(bitmap, canvas, side);
  bitmap?.close();
}

function draw(bitmap, canvas, side) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff"; // where it is transparent
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
}
