/** One JavaScript module out of a canister's sources. */
import { readFile } from 'node:fs/promises';
import { type BuildFailure, type BuildOptions, build, formatMessages, type Plugin } from 'esbuild';
import { withoutCodePages } from './code-pages.ts';
import { BuildError } from './errors.ts';
import { forAnInterpreter } from './interpreted.ts';
import { ENTRY, type Layout } from './layout.ts';

/** The text that stands for a source file in the bundle. */
export type Rewrite = (path: string, source: string) => string;

/**
 * @param classApi azle's code that reads the exported class
 * @returns JavaScript in which nothing depends on where the checkout lies
 * @throws BuildError `bundle_failed`
 */
export async function bundleCanister(layout: Layout, classApi: string, rewrite?: Rewrite): Promise<string> {
  try {
    const result = await build(options(layout, classApi, rewrite));
    return withoutFolders(result.outputFiles[0]!.text);
  } catch (cause) {
    throw new BuildError('bundle_failed', await explain(cause), { cause });
  }
}

/** esbuild labels each CommonJS module with its path; what is left of it is the path inside its package. */
function withoutFolders(js: string): string {
  return js.replaceAll(/(__commonJS\(\{")[^"]*\bnode_modules\/(?=[^"]*"\()/g, '$1');
}

function options(layout: Layout, classApi: string, rewrite?: Rewrite): BuildOptions & { write: false } {
  const contents = [
    "import 'azle/_internal/globals';",
    "import { getDefaultVisitorData, IDL, idlToString } from 'azle';",
    `import * as CanisterModule from './${ENTRY}';`,
    'createGetCandidAndMethodMetaFunction(CanisterModule);',
    classApi,
  ].join('\n');
  return {
    stdin: { contents, resolveDir: layout.directory, sourcefile: 'main.ts' },
    absWorkingDir: layout.directory,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    treeShaking: true,
    plugins: [withoutCodePages, forAnInterpreter, ...(rewrite === undefined ? [] : [rewriting(rewrite)])],
    write: false,
    logLevel: 'silent',
    // Comments name the bundled files, and with them the folder that holds the packages.
    minifyWhitespace: true,
    // A package is found from where it really lies: under pnpm that is the only place that sees its dependencies.
    preserveSymlinks: false,
    // A tsconfig.json above the package must not change the bundle.
    tsconfigRaw: { compilerOptions: { target: 'ES2024', useDefineForClassFields: true } },
  };
}

function rewriting(rewrite: Rewrite): Plugin {
  return {
    name: 'rewriting',
    setup(build) {
      // Not azle's and other packages' own: they come with loaders of their own.
      build.onLoad({ filter: /(?:\/src\/.*\.ts|\/dist\/.*\.js)$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8');
        const contents = rewrite(path, source);
        return contents === source ? undefined : { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' };
      });
    },
  };
}

async function explain(cause: unknown): Promise<string> {
  const { errors } = cause as Partial<BuildFailure>;
  if (errors === undefined) throw cause;
  // esbuild's notes recommend its options, which are not the user's to set.
  const bare = errors.map((error) => ({ ...error, notes: [] }));
  const lines = await formatMessages(bare, { kind: 'error', color: false });
  return `the sources cannot be bundled (a canister has no Node modules: azle and plain TypeScript only)\n${lines.join('\n').trimEnd()}`;
}
