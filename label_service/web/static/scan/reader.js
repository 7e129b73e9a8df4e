/** Reads codes in pictures: by the browser's own reader, else by a decoder that is loaded when it is needed. */

const DECODER = "/static/third-party/qr/decode.js";
const LONGEST_SIDES = [1280, 720, 2000]; // px; a code may be too large in one and too small in the other
let reading;

/** Give the text of the code in a picture or video of this size; undefined where there is none. */
export async function codeIn(source, width, height, tries = LONGEST_SIDES.length) {
  reading ??= reader();
  const read = await reading;
  for (const side of LONGEST_SIDES.slice(0, tries)) {
    const text = await read(source, width, height, Math.min(1, side / Math.max(width, height)));
    if (text) return text;
  }
  return undefined;
}

/** Give the best way of reading that this browser has. */
async function reader() {
  const formats = (await globalThis.BarcodeDetector?.getSupportedFormats().catch(() => [])) ?? [];
  if (formats.includes("qr_code")) return ownReader(new BarcodeDetector({ formats: ["qr_code"] }));
  const { decodeQR } = await import(DECODER);
  return (source, width, height, scale) => decoded(decodeQR, pixels(source, width, height, scale));
}

function ownReader(detector) {
  return async (source) => (await detector.detect(source))[0]?.rawValue;
}

function decoded(decodeQR, picture) {
  try {
    return decodeQR(picture);
  } catch {
    return undefined; // no code in it
  }
}

function pixels(source, width, height, scale) {
  const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
  const canvas = new OffscreenCanvas(wide, high);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, 0, 0, wide, high);
  return context.getImageData(0, 0, wide, high);
}
