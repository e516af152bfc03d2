// `npm run format`: lays out all sources.
import { binary, cFiles, formatterFits } from './lint.mjs';
import { main, run, Stop } from './run.mjs';
import { lintTools, setUp } from './setup.mjs';

await main(async () => {
  await setUp(lintTools);
  await run(binary('biome'), ['check', '--write', '.']);
  if (!formatterFits())
    throw new Stop(
      'The C sources are laid out by clang-format 14, which this machine does not have; they were left as they are.',
    );
  await run('clang-format', ['-i', ...cFiles('src', 'tests')]);
});
