// Pictures of every kind that people drop on a page, made while the tests run: by a browser's own encoders, or byte by byte where
// a browser cannot write the format.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A picture drawn by a page: four squares, red and green above blue and white, or only `colors`.
 *
 * @param {import('puppeteer-core').Page} page
 * @param {{ width: number, height: number, type: string, colors?: string[], noise?: boolean }} options
 * @returns {Promise<Buffer>}
 */
async function draw(page, { width, height, type, colors = ['#e02020', '#20c040', '#2040e0', '#f8f8f8'], noise = false }) {
  const base64 = await page.evaluate(
    async ({ width, height, type, colors, noise }) => {
      const canvas = new OffscreenCanvas(width, height);
      const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
      for (let i = 0; i < 4; i++) {
        context.fillStyle = colors[i % colors.length];
        context.fillRect((i % 2) * (width / 2), (i >> 1) * (height / 2), width / 2, height / 2);
      }
      if (noise) {
        // Soft light over all, so that there are many colours as in a photograph.
        const light = context.createLinearGradient(0, 0, width, height);
        light.addColorStop(0, 'rgb(255 255 255 / 50%)');
        light.addColorStop(1, 'rgb(0 0 0 / 50%)');
        context.fillStyle = light;
        context.fillRect(0, 0, width, height);
      }
      const bytes = new Uint8Array(await (await canvas.convertToBlob({ type, quality: 0.9 })).arrayBuffer());
      let text = '';
      for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
      return btoa(text);
    },
    { width, height, type, colors, noise },
  );
  return Buffer.from(base64, 'base64');
}

/**
 * The same JPEG with an EXIF orientation: 6 means "turn a quarter to the right to see it upright".
 *
 * @param {Buffer} jpeg
 * @param {number} orientation
 */
function withOrientation(jpeg, orientation) {
  const tiff = Buffer.alloc(26);
  tiff.write('MM\0*', 0, 'latin1');
  tiff.writeUInt32BE(8, 4); // the directory follows
  tiff.writeUInt16BE(1, 8); // one entry
  tiff.writeUInt16BE(0x0112, 10); // Orientation
  tiff.writeUInt16BE(3, 12); // a short
  tiff.writeUInt32BE(1, 14);
  tiff.writeUInt16BE(orientation, 18);
  const exif = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const marker = Buffer.from([0xff, 0xe1, 0, 0]);
  marker.writeUInt16BE(exif.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), marker, exif, jpeg.subarray(2)]);
}

/**
 * An animated GIF of plain frames, one colour each, endlessly repeated.
 *
 * @param {number} size of a side
 * @param {[number, number, number][]} frames at most four colours
 */
function animatedGif(size, frames) {
  const palette = Buffer.alloc(12);
  frames.forEach((color, i) => {
    palette.set(color, 3 * i);
  });
  const screen = Buffer.from([size, 0, size, 0, 0x81, 0, 0]); // a global table of four colours
  const loop = Buffer.from([0x21, 0xff, 11, ...Buffer.from('NETSCAPE2.0'), 3, 1, 0, 0, 0]);
  const images = frames.map((_, color) => {
    const delay = Buffer.from([0x21, 0xf9, 4, 0, 10, 0, 0, 0]);
    const place = Buffer.from([0x2c, 0, 0, 0, 0, size, 0, size, 0, 0]);
    // Codes of three bits throughout: the table is cleared (4) before it needs a fourth bit; 5 ends the picture.
    const codes = [];
    for (let pixel = 0; pixel < size * size; pixel++) codes.push(...(pixel % 2 === 0 ? [4] : []), color);
    codes.push(5);
    const data = Buffer.alloc(Math.ceil((codes.length * 3) / 8));
    codes.forEach((code, i) => {
      for (let bit = 0; bit < 3; bit++) if (code & (1 << bit)) data[(3 * i + bit) >> 3] |= 1 << ((3 * i + bit) & 7);
    });
    const blocks = [];
    for (let at = 0; at < data.length; at += 255) {
      const block = data.subarray(at, at + 255);
      blocks.push(Buffer.from([block.length]), block);
    }
    return Buffer.concat([delay, place, Buffer.from([2]), ...blocks, Buffer.from([0])]);
  });
  return Buffer.concat([Buffer.from('GIF89a'), screen, palette, loop, ...images, Buffer.from([0x3b])]);
}

/**
 * Writes the pictures into a folder.
 *
 * @param {import('puppeteer-core').Page} page of a browser that may draw
 * @param {string} folder
 * @returns {Promise<Record<'photo' | 'turned' | 'transparent' | 'grey' | 'gif' | 'drawing' | 'point' | 'broken' | 'empty' | 'text' |
 *   'large', string>>} paths
 */
export async function makePictures(page, folder) {
  const photo = await draw(page, { width: 240, height: 160, type: 'image/jpeg', noise: true });
  const half = { width: 64, height: 64, type: 'image/png' };
  const files = {
    'photo.jpg': photo,
    'turned.jpg': withOrientation(photo, 6),
    'transparent.png': await draw(page, { ...half, colors: ['#e02020', '#2040e0', '#00000000', '#00000000'] }),
    'grey.png': await draw(page, { ...half, colors: ['#202020', '#606060', '#a0a0a0', '#e0e0e0'] }),
    'moving.gif': animatedGif(8, [
      [255, 0, 0],
      [0, 0, 255],
    ]),
    'drawing.svg': Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><rect width="30" height="40" fill="#c02"/>' +
        '<circle cx="45" cy="20" r="12" fill="#06c"/></svg>',
    ),
    'point.png': await draw(page, { width: 1, height: 1, type: 'image/png', colors: ['#336699'] }),
    'broken.jpg': Buffer.concat([photo.subarray(0, 20), Buffer.alloc(40, 0x5a)]),
    'empty.png': Buffer.alloc(0),
    'text.png': Buffer.from('This is no picture, whatever its name says.\n'),
    'large.jpg': await draw(page, { width: 6000, height: 4000, type: 'image/jpeg', noise: true }),
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  const path = (/** @type {keyof typeof files} */ name) => join(folder, name);
  return {
    photo: path('photo.jpg'),
    turned: path('turned.jpg'),
    transparent: path('transparent.png'),
    grey: path('grey.png'),
    gif: path('moving.gif'),
    drawing: path('drawing.svg'),
    point: path('point.png'),
    broken: path('broken.jpg'),
    empty: path('empty.png'),
    text: path('text.png'),
    large: path('large.jpg'),
  };
}
