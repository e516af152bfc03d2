// Builds dist/docs: the guides of docs/*.md and the reference from the doc comments, as static pages that open from file://.
import { join } from 'node:path';
import { root } from './run.mjs';

export async function buildDocs() {
  const { Application, TSConfigReader } = await import('typedoc');
  const app = await Application.bootstrapWithPlugins({ options: join(root, 'docs/typedoc.json') }, [new TSConfigReader()]);
  const project = await app.convert();
  if (!project) throw new Error('The doc comments could not be read (see above).');
  app.validate(project);
  await app.generateOutputs(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error('The documentation has the faults named above.');
}
