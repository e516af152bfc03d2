/** Colour spaces against published formulas and scikit-image (tests/oracle/colors.py). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { segmentImage } from 'lakh';
import { readFixture } from './fixture.js';

const fixture = readFixture('colors');

/**
 * The single class of an image of one colour has that colour as its centre.
 * @param {number[]} rgb
 * @param {'oklab' | 'lab'} colorSpace
 */
async function convert(rgb, colorSpace) {
  const image = { data: Uint8Array.from(rgb), width: 1, height: 1 };
  const { clusterCenters } = await segmentImage(image, { nClusters: 1, colorSpace });
  return Array.from(clusterCenters.data);
}

for (const [colorSpace, source, within] of /** @type {const} */ ([
  ['oklab', "Ottosson's matrices by way of CIE XYZ", 3e-4],
  // The white point and the matrix of scikit-image are rounded to four digits.
  ['lab', 'scikit-image', 2e-2],
])) {
  test(`${colorSpace} agrees with ${source}`, async () => {
    for (const [i, rgb] of fixture.rgb.entries()) {
      const got = await convert(rgb, colorSpace);
      const wanted = fixture[colorSpace][i];
      for (let j = 0; j < 3; j++) {
        assert.ok(Math.abs(got[j] - wanted[j]) <= within, `rgb ${rgb}: got ${got}, wanted ${wanted}`);
      }
    }
  });
}
