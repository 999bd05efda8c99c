/**
 * Who may import whom, and why. A part is a folder or a file of `src`; it may always import itself. What has no row here
 * is refused, so a new folder comes with its row and its reason.
 */
export interface Arrow {
  /** Folder or file, relative to the repository's root, without an extension. */
  readonly part: string;
  /** Parts and npm packages that it may import. */
  readonly to: readonly string[];
  readonly because: string;
}

const inside = (root: string) => (part: string, to: readonly string[], because: string) => ({
  part: `${root}/${part}`,
  to: to.map((target) => (target.startsWith('./') ? `${root}/${target.slice(2)}` : target)),
  because,
});

const ic = inside('tools/local-ic/src');
const LEAVES = ['./bytes', './cbor', './errors', './limits', './principal', './random', './metadata'];
const PLAIN = [...LEAVES, './state', './cycles', './types'];

/** Inside local-ic: from a module's bytes up to the servers, never back. */
const LOCAL_IC: readonly Arrow[] = [
  ic('bytes', ['@noble/hashes', 'node:crypto'], 'bytes and hashes know nothing of an IC'),
  ic('cbor', ['./limits', 'cbor2'], 'bounds what strangers send before a library reads it'),
  ic('errors', [], 'the registry of codes is at the bottom of everything'),
  ic('limits', [], 'numbers with their sources'),
  ic('principal', ['./bytes', './errors', '@dfinity/principal'], 'the textual form is a checksum, not ours to rewrite'),
  ic('random', ['./bytes'], 'streams are a function of seed, purpose and round'),
  ic('metadata', ['./bytes', './errors', 'node:zlib'], 'reads custom sections, also of compressed modules'),
  ic('candid-guard', [], 'bounds the work of a decoder before it begins'),
  ic('types', [...LEAVES, './state'], "the facade's border: types only"),
  ic(
    'crypto',
    ['./bytes', './cbor', './errors', './principal', '@noble/curves'],
    'keys and signatures, each a function of its arguments',
  ),
  ic(
    'state',
    [...LEAVES, './types', './crypto', 'cbor2'],
    "plain data; whatever changes it stands above; a subnet's keys follow from its seed",
  ),
  ic('cycles', [...LEAVES, './state'], 'prices are a function of state and size'),
  ic('wasm', LEAVES, 'rewrites a module; it has never heard of messages or canisters'),
  ic('ic0', [...PLAIN, './wasm'], 'what a canister may call: fills a record of effects, applies none'),
  ic(
    'execution',
    [...PLAIN, './wasm', './ic0', 'node:zlib'],
    'runs one message and commits or drops its effects whole',
  ),
  ic(
    'management',
    [...PLAIN, './candid-guard', './execution', './wasm', '@dfinity/candid', '@dfinity/principal'],
    'methods of aaaaa-aa, one a file',
  ),
  ic('scheduler', [...PLAIN, './execution', './management'], 'orders messages into a round'),
  ic('certification', [...PLAIN, './crypto', 'cbor2'], 'the state tree is a pure function of state'),
  ic(
    'ingress',
    [...PLAIN, './crypto', './certification', './execution', './management', './scheduler', 'cbor2'],
    'decides at the door what reaches a round, and who may see what',
  ),
  ic(
    'local-ic',
    [...PLAIN, './ingress', './certification', './scheduler', './management', './execution', './wasm'],
    'the facade: the only way in for servers, tests and tools',
  ),
  ic('index', [...PLAIN, './local-ic'], 'what the package exports'),
  ic(
    'http',
    [
      ...LEAVES,
      './types',
      './local-ic',
      './candid-guard',
      '@dfinity/candid',
      '@dfinity/principal',
      'cbor2',
      'json-with-bigint',
      'node:crypto',
      'node:util',
      'node:zlib',
    ],
    'routes and formats in front of the facade; gets its clock, its socket and what verifies pages from env',
  ),
  ic(
    'env',
    [...LEAVES, './types', './local-ic', './http', '@dfinity/response-verification', 'node:*'],
    'the only place with a clock, chance, sockets or files: gives them to http',
  ),
  ic('bin', [...LEAVES, './types', './local-ic', './http', './env', 'commander', 'node:*'], 'reads arguments, starts'),
];

const manager = inside('packages/backup-manager/src');
const SHARED = '@canister-backup/shared';

/** Canisters and what they share. */
const CANISTERS: readonly Arrow[] = [
  {
    part: 'packages/shared/src',
    to: ['zod/mini'],
    because: 'pure, and small enough to be bundled into a canister',
  },
  { part: 'packages/chat/src', to: ['azle', SHARED], because: 'a canister sees its CDK and what is shared' },
  manager('index', ['./access', './api', './platform', 'azle', SHARED], 'a table of contents: guard, then delegate'),
  manager('access', ['./platform', './store', 'azle', SHARED], 'who may, in one place'),
  manager(
    'api',
    ['./access', './runs', './catalog', './store', './gateway', './platform', 'azle', SHARED],
    'one file a method',
  ),
  manager('runs', ['./catalog', './store', './gateway', './steps', './platform', SHARED], 'drives the pure machine'),
  manager('steps', ['./gateway', './platform', SHARED], 'wrappers around one small interface'),
  manager('catalog', ['./store', './gateway', './platform', SHARED], 'what exists; forget, then delete'),
  manager('gateway', ['./platform', 'azle', SHARED], 'the only folder that calls the management canister'),
  manager('store', ['./platform', 'azle', SHARED], 'all stable-memory ids in one file'),
  manager('platform', ['azle', SHARED], 'time, timers and the log of the IC'),
];

const policies = inside('tools/policies/src');

/** From the file and the core, which are pure, to the command. */
const POLICIES: readonly Arrow[] = [
  policies('failure', [], 'exit codes are at the bottom'),
  policies('units', [], 'quantities as people write them'),
  policies('core', ['./units', SHARED], 'the plan is a function of what is wanted and what there is'),
  policies(
    'file',
    ['./core', './units', './failure', SHARED, '@humanwhocodes/momoa', 'zod'],
    'text into what is wanted, with the place of what is wrong',
  ),
  policies(
    'shell',
    ['./core', './failure', SHARED, '@dfinity/agent', '@dfinity/candid', '@dfinity/principal', 'node:*'],
    'asks the network, reads keys; decides nothing',
  ),
  policies('report', ['./core', './failure', './shell', SHARED], 'words and JSON; types alone of the shell'),
  policies('run', ['./core', './failure', './file', './report', './shell', '@dfinity/agent', 'node:*'], 'the commands'),
  policies(
    'state',
    ['./failure', './report', './run', './shell', SHARED, '@dfinity/principal', 'zod', 'node:*'],
    'the state of a manager, to a file and back',
  ),
  policies(
    'main',
    ['./failure', './report', './run', './shell', './state', 'commander', 'node:*'],
    'reads arguments, starts',
  ),
];

/** Tools. */
const TOOLS: readonly Arrow[] = [
  {
    part: 'tools/canister-build/src',
    to: ['azle', 'esbuild', 'node:*'],
    because: 'builds any azle canister, and knows none of ours',
  },
  {
    part: 'tools/story/src',
    to: [
      SHARED,
      'local-ic',
      'local-ic/serve',
      '@dfinity/agent',
      '@dfinity/candid',
      '@dfinity/principal',
      'commander',
      'node:*',
    ],
    because: 'a client of the facade, and of a network over HTTP, as any other program could be',
  },
  {
    part: 'tools/bench/src',
    to: [
      '@canister-backup/story',
      SHARED,
      'local-ic',
      '@dfinity/candid',
      '@dfinity/pic',
      '@dfinity/principal',
      '@icp-sdk/core',
      'commander',
      'node:*',
    ],
    because: 'measures what others use, as they use it; takes the deployed pair from the story',
  },
  {
    part: 'tools/sim/src',
    to: [
      '@canister-backup/story',
      '@canister-backup/canister-build',
      SHARED,
      'local-ic',
      '@dfinity/candid',
      '@dfinity/principal',
      'commander',
      'wabt',
      'node:*',
    ],
    because: 'drives the facade and reads it; shared only for the words of the interface, never for what a run does',
  },
  {
    part: 'tools/load/src',
    to: ['local-ic', 'icp-sdk-core-6', 'fast-check', 'commander', 'wabt', 'node:*'],
    because: "starts local-ic's commands and talks to them as strangers do, well-meaning or not",
  },
];

export const ARROWS: readonly Arrow[] = [...LOCAL_IC, ...CANISTERS, ...POLICIES, ...TOOLS];
