// The Python of the guide takes up models that were saved here: PyTorch then computes the same.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { GAN, VAE } from 'lakh';
import { root } from '../../scripts/run.mjs';
import { random } from '../js/data.js';

const python = '/usr/bin/python3';
const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0;
const skip = hasTorch ? false : 'there is no PyTorch here (Debian: python3-torch)';

const ROWS = 256;
const COLS = 784;
const next = random(3);
const X = { data: Float32Array.from({ length: ROWS * COLS }, next), shape: /** @type {[number, number]} */ ([ROWS, COLS]) };

test('PyTorch encodes, decodes and generates as the models do that were saved for it', { skip }, async () => {
  const [, code] = /** @type {any} */ (
    /^```python\n(.*?)^```$/ms.exec(readFileSync(join(root, 'docs/generative-models.md'), 'utf8'))
  );
  const vae = await new VAE({ epochs: 2 }).fit(X);
  const gan = await new GAN({ epochs: 1, qualitySamples: 0 }).fit(X);
  const codes = { vae: [[0.5, -1]], gan: [Array.from({ length: 64 }, (_, i) => Math.sin(i))] };
  const row = Array.from(X.data.subarray(0, COLS));
  const folder = mkdtempSync(join(tmpdir(), 'lakh-torch-'));
  try {
    writeFileSync(join(folder, 'vae.safetensors'), vae.save({ training: false }));
    writeFileSync(join(folder, 'gan.safetensors'), gan.save({ training: false }));
    writeFileSync(join(folder, 'inputs.json'), JSON.stringify({ ...codes, row: [row] }));
    const ask = `
inputs = {name: torch.tensor(value, dtype=torch.float32) for name, value in json.load(open("inputs.json")).items()}
with torch.no_grad():
    answers = [encoder(inputs["row"]), decoder(inputs["vae"]), generator(inputs["gan"])]
print(json.dumps([answer[0].tolist() for answer in answers]))
`;
    const told = execFileSync(python, ['-c', code + ask], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    const { mean, logVariance } = await vae.encode([row]);
    const expected = [
      [...mean.data, ...logVariance.data],
      [...(await vae.decode(codes.vae)).data],
      [...(await gan.generate(codes.gan)).data],
    ];
    const answers = JSON.parse(told);
    for (const [i, values] of expected.entries()) {
      assert.equal(answers[i].length, values.length);
      const worst = Math.max(...values.map((value, j) => Math.abs(value - answers[i][j])));
      assert.ok(worst < 2e-5, `${['codes', 'decoded', 'generated'][i]} differ by up to ${worst}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
