/** The commands of `docs/mainnet.md`, so that the tests do what it says and in its order. */
import { readFileSync } from 'node:fs';

export const TEXT = readFileSync(new URL('../../docs/mainnet.md', import.meta.url), 'utf8');

/** The sections with commands, by the test that carries them out. */
export const WALKED = {
  start: ['From a clone to the first snapshot', 'Cycles of the manager'],
  operate: [
    'Upgrade the manager',
    'The manager is dead',
    'Keep what the manager knows',
    'The manager forgot everything',
    'Two managers on one target',
    'Hand it over',
    'Give it up',
  ],
} as const;

/** What a command does, whichever tool is asked. Ids and names as they stand there. */
export type Operation =
  | { readonly does: 'build' }
  | { readonly does: 'hash'; readonly file: string }
  | { readonly does: 'policies'; readonly command: 'plan' | 'apply' | 'check' }
  | { readonly does: 'transfer'; readonly command: 'export' | 'import'; readonly file: string }
  | { readonly does: 'deploy'; readonly canister: string; readonly cycles: bigint }
  | { readonly does: 'call'; readonly canister: string; readonly method: string; readonly args: string }
  | { readonly does: 'info'; readonly canister: string }
  | AboutCanister
  | { readonly does: 'install'; readonly canister: string; readonly mode: string; readonly wasm: string }
  | { readonly does: 'top-up'; readonly canister: string; readonly cycles: bigint }
  | { readonly does: 'settings'; readonly canister: string; readonly changes: readonly (readonly [string, string])[] }
  | { readonly does: 'for each'; readonly list: string; readonly line: string; readonly operation: Operation };

/** One call of the management canister. */
export interface AboutCanister {
  readonly does: 'start' | 'stop' | 'delete' | `snapshot ${'list' | 'create' | 'load' | 'delete'}`;
  readonly canister: string;
  readonly snapshot?: string;
}

export interface Section {
  readonly title: string;
  /** One for each command that stands alone, or pair of commands. */
  readonly steps: readonly { readonly lines: readonly string[]; readonly operation: Operation }[];
  readonly json: string | undefined;
}

export function sectionsOf(text: string): Section[] {
  return text
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title = ''] = section.split('\n');
      const lines = [...section.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].flatMap(([, block = '']) =>
        block.split('\n').filter((line) => line.trim() !== ''),
      );
      return {
        title,
        steps: pairUp(lines.map((line) => line.trim())),
        json: /```json\n([\s\S]*?)```/.exec(section)?.[1],
      };
    });
}

/** dfx's commands, then icp's, which have to mean the same; what is neither stands alone. */
function pairUp(lines: readonly string[]): Section['steps'] {
  const steps: { lines: string[]; operation: Operation }[] = [];
  for (const line of lines) {
    const operation = operationOf(line);
    const before = steps.at(-1);
    if (!/\bicp\b/.test(line)) {
      steps.push({ lines: [line], operation });
      continue;
    }
    if (before?.lines.length !== 1 || JSON.stringify(before.operation, plain) !== JSON.stringify(operation, plain)) {
      throw new Error(`the command of dfx before this one does something else: ${line}`);
    }
    before.lines.push(line);
  }
  const alone = steps.filter(({ lines: [first = '', second] }) => /\bdfx\b/.test(first) && second === undefined);
  if (alone.length > 0) throw new Error(`there is no command of icp for ${alone[0]?.lines[0]}`);
  return steps;
}

/** For comparing what two commands do, and not how they say it. */
const plain = (key: string, value: unknown) =>
  key === 'line' ? undefined : typeof value === 'bigint' ? `${value}` : value;

/** What a reader would call it. */
export function nameOf(operation: Operation): string {
  if (operation.does === 'call') return operation.method;
  return operation.does === 'policies' || operation.does === 'transfer' ? operation.command : operation.does;
}

/** Words, where `'…'` and `"…"` are one. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, one, two, three]) => one ?? two ?? three ?? '');
}

export function operationOf(line: string): Operation {
  const [, list, inner] = /^for id in \$\(cat (\S+)\); do (.*); done$/.exec(line) ?? [];
  if (list !== undefined && inner !== undefined) {
    return { does: 'for each', list, line: inner, operation: operationOf(inner) };
  }
  const [tool, ...words] = wordsOf(line);
  if (line === 'npm run build') return { does: 'build' };
  if (tool === 'sha256sum') return { does: 'hash', file: words[0]! };
  const [, command] = /^npm run policies -- (plan|apply|check) --network ic$/.exec(line) ?? [];
  if (command !== undefined) return { does: 'policies', command: command as 'plan' };
  const [, out] = /^npm run policies -- export --out (\S+) --network ic$/.exec(line) ?? [];
  if (out !== undefined) return { does: 'transfer', command: 'export', file: out };
  const [, back] = /^npm run policies -- import (\S+) --network ic$/.exec(line) ?? [];
  if (back !== undefined) return { does: 'transfer', command: 'import', file: back };
  const { plainWords, options } = split(words, tool === 'icp' ? ICP_NETWORK : DFX_NETWORK);
  const found = tool === 'icp' ? icp(plainWords, options) : tool === 'dfx' ? dfx(plainWords, options) : undefined;
  if (found === undefined) throw new Error(`nobody knows how to run: ${line}`);
  return found;
}

const DFX_NETWORK = ['--network ic'];
const ICP_NETWORK = ['-n ic', '-e ic'];

type Options = readonly (readonly [string, string])[];

/** Options have a value, but for flags; exactly one of them says that it is about the IC. */
function split(words: readonly string[], network: readonly string[]) {
  const plainWords: string[] = [];
  const options: [string, string][] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!;
    if (!word.startsWith('-')) plainWords.push(word);
    else options.push([word, word === '--public' ? '' : words[++at]!]);
  }
  const networks = options.filter((option) => network.includes(option.join(' ')));
  if (networks.length !== 1) throw new Error(`on which network? ${words.join(' ')}`);
  return { plainWords, options: options.filter((option) => !networks.includes(option)) };
}

function dfx(words: readonly string[], options: Options): Operation | undefined {
  const [first, second, third, fourth, fifth] = words;
  if (first === 'deploy')
    return { does: 'deploy', canister: second!, cycles: BigInt(optionOf(options, '--with-cycles')) };
  if (first === 'cycles') return { does: 'top-up', canister: third!, cycles: BigInt(fourth!) };
  if (second === 'update-settings') return { does: 'settings', canister: third!, changes: options };
  if (second === 'snapshot' && third === 'load') return { does: 'snapshot load', canister: fourth!, snapshot: fifth! };
  return common(words, options);
}

function icp(words: readonly string[], options: Options): Operation | undefined {
  const [first, second, third, fourth, fifth] = words;
  if (first === 'deploy')
    return { does: 'deploy', canister: second!, cycles: icpCycles(optionOf(options, '--cycles')) };
  if (second === 'top-up')
    return { does: 'top-up', canister: third!, cycles: icpCycles(optionOf(options, '--amount')) };
  if (second === 'settings') {
    const inSeconds = options.map(([name, value]) => [
      name,
      value.replace(/^(\d+)d$/, (_, days) => `${days * 86_400}`),
    ]);
    return { does: 'settings', canister: fourth!, changes: inSeconds as unknown as Options };
  }
  if (second === 'status') return options[0]?.[0] === '--public' ? { does: 'info', canister: third! } : undefined;
  if (second === 'snapshot' && third === 'restore')
    return { does: 'snapshot load', canister: fourth!, snapshot: fifth! };
  return common(words, options);
}

/** What both tools call the same. */
function common([group, verb, third, fourth, fifth]: readonly string[], options: Options): Operation | undefined {
  if (group !== 'canister') return undefined;
  if (verb === 'call') return { does: 'call', canister: third!, method: fourth!, args: fifth! };
  if (verb === 'info' || verb === 'start' || verb === 'stop' || verb === 'delete')
    return { does: verb, canister: third! };
  if (verb === 'install') {
    return { does: 'install', canister: third!, mode: optionOf(options, '--mode'), wasm: optionOf(options, '--wasm') };
  }
  if (verb !== 'snapshot') return undefined;
  if (third === 'list' || third === 'create') return { does: `snapshot ${third}`, canister: fourth! };
  return third === 'delete' ? { does: 'snapshot delete', canister: fourth!, snapshot: fifth! } : undefined;
}

function optionOf(options: Options, name: string): string {
  const found = options.find(([option]) => option === name);
  if (found === undefined) throw new Error(`${name} is missing`);
  return found[1];
}

function icpCycles(text: string): bigint {
  const [, count, suffix] = /^(\d+)(t?)$/.exec(text) ?? [];
  return BigInt(count ?? 'nothing') * (suffix === 't' ? 10n ** 12n : 1n);
}
