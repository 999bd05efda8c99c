/**
 * Candid values as text, exactly as dfx and icp print them: with types on numbers, groups of three digits, fields in the
 * order of their hashes, and long values over several lines with a separator after the last item.
 */
import { IDL } from '@dfinity/candid';
import type { Principal } from '@dfinity/principal';
import { choice, type Doc, group, LINE, nest, render, SOFT_LINE } from './layout.ts';

/** The width to which Candid's tools break lines. */
const WIDTH = 80;
/** Longer vectors are printed on one line by Candid's tools. */
const MOST_ITEMS_LAID_OUT = 10;

/** The arguments or results of a method, in parentheses. */
export function candidText(types: readonly IDL.Type[], values: readonly unknown[], width = WIDTH): string {
  const items = types.map((type, index) => type.accept(LAID_OUT, values[index]));
  return render(enclosed('(', separated(items, ','), ')', SOFT_LINE), width);
}

/** The same as a person would type it: fields that are `null` may be left out. */
export function typedText(types: readonly IDL.Type[], values: readonly unknown[], width = WIDTH): string {
  const items = types.map((type, index) => type.accept(TYPED, values[index]));
  return render(enclosed('(', separated(items, ','), ')', SOFT_LINE), width);
}

/** One value without parentheses. */
export function candidValueText(type: IDL.Type, value: unknown, width = WIDTH): string {
  return render(type.accept(LAID_OUT, value), width);
}

function separated(items: readonly Doc[], separator: string): Doc {
  const between = items.flatMap((item, index) => (index === 0 ? [item] : [separator, LINE, item]));
  return items.length === 0 ? '' : choice([...between, separator], between);
}

function enclosed(left: string, body: Doc, right: string, line: Doc): Doc {
  return body === '' ? left + right : group([nest([left, line, body]), line, right]);
}

function braces(keyword: string, items: readonly Doc[]): Doc {
  return [`${keyword} `, enclosed('{', separated(items, ';'), '}', LINE)];
}

/** How structures are written; atoms are the same in both styles. */
interface Style {
  readonly vec: (items: readonly Doc[]) => Doc;
  readonly record: (fields: readonly Doc[]) => Doc;
  readonly opt: (value: Doc, annotated: boolean) => Doc;
  /** Between the braces of a variant and its content. */
  readonly space: Doc;
  /** Whether fields of records that are `null` are left out. */
  readonly brief?: boolean;
}

const BROAD: Style = {
  vec: (items) => braces('vec', items),
  record: (fields) => braces('record', fields),
  opt: (value, annotated) => ['opt ', annotated ? enclosed('(', value, ')', SOFT_LINE) : value],
  space: LINE,
};

const ONE_LINE: Style = {
  vec: (items) => ['vec {', ...items.flatMap((item) => [' ', item, ';']), '}'],
  record: (fields) => ['record {', ...fields.flatMap((field) => [' ', field, ';']), '}'],
  opt: (value, annotated) => ['opt ', annotated ? ['(', value, ')'] : value],
  space: ' ',
};

/** `Visitor` is how the Candid library lets others walk a type beside its value. */
class ToText extends IDL.Visitor<unknown, Doc> {
  private readonly style: Style;

  constructor(style: Style) {
    super();
    this.style = style;
  }

  override visitBool(_type: IDL.BoolClass, value: unknown): Doc {
    return String(value);
  }

  override visitNull(): Doc {
    return 'null : null';
  }

  override visitReserved(): Doc {
    return 'null : reserved';
  }

  override visitText(_type: IDL.TextClass, value: unknown): Doc {
    return quoted(String(value));
  }

  override visitInt(_type: IDL.IntClass, value: unknown): Doc {
    return `${grouped(value)} : int`;
  }

  override visitNat(_type: IDL.NatClass, value: unknown): Doc {
    return `${grouped(value)} : nat`;
  }

  override visitFixedInt(type: IDL.FixedIntClass, value: unknown): Doc {
    return `${grouped(value)} : ${type.name}`;
  }

  override visitFixedNat(type: IDL.FixedNatClass, value: unknown): Doc {
    return `${grouped(value)} : ${type.name}`;
  }

  override visitFloat(type: IDL.FloatClass, value: unknown): Doc {
    return `${Number.isInteger(value) ? `${value}.0` : value} : ${type.name}`;
  }

  override visitPrincipal(_type: IDL.PrincipalClass, value: unknown): Doc {
    return `principal "${(value as Principal).toText()}"`;
  }

  override visitVec<T>(_type: IDL.VecClass<T>, item: IDL.Type<T>, value: unknown): Doc {
    if (item instanceof IDL.FixedNatClass && item._bits === 8) return blob(Uint8Array.from(value as Uint8Array));
    const values = [...(value as T[])];
    if (values.length <= MOST_ITEMS_LAID_OUT) return this.style.vec(values.map((one) => item.accept(this, one)));
    return ONE_LINE.vec(values.map((one) => item.accept(FLAT, one)));
  }

  override visitOpt<T>(_type: IDL.OptClass<T>, inner: IDL.Type<T>, value: unknown): Doc {
    const [content] = value as [] | [T];
    if ((value as unknown[]).length === 0) return 'null';
    return this.style.opt(inner.accept(this, content), isAnnotated(inner));
  }

  override visitRecord(_type: IDL.RecordClass, fields: [string, IDL.Type][], value: unknown): Doc {
    const record = value as Record<string, unknown>;
    const shown = fields.filter(([name, type]) => this.style.brief !== true || !isAbsent(type, record[name]));
    return this.style.record(shown.map(([name, type]) => [label(name), ' = ', type.accept(this, record[name])]));
  }

  override visitTuple<T extends unknown[]>(_type: IDL.TupleClass<T>, parts: IDL.Type[], value: unknown): Doc {
    const tuple = value as unknown[];
    return this.style.record(parts.map((type, index) => type.accept(this, tuple[index])));
  }

  override visitVariant(_type: IDL.VariantClass, fields: [string, IDL.Type][], value: unknown): Doc {
    const chosen = value as Record<string, unknown>;
    const field = fields.find(([name]) => Object.hasOwn(chosen, name));
    if (field === undefined) throw new Error(`none of the variant's tags is in ${Object.keys(chosen).join(', ')}`);
    const [name, type] = field;
    const content: Doc = type instanceof IDL.NullClass ? '' : [' = ', type.accept(this, chosen[name])];
    return ['variant ', enclosed('{', [label(name), content], '}', this.style.space)];
  }

  override visitRec<T>(_type: IDL.RecClass<T>, type: IDL.ConstructType<T>, value: unknown): Doc {
    return type.accept(this, value);
  }
}

const LAID_OUT = new ToText(BROAD);
const TYPED = new ToText({ ...BROAD, brief: true });
const FLAT = new ToText(ONE_LINE);

function isAbsent(type: IDL.Type, value: unknown): boolean {
  return type instanceof IDL.OptClass && (value as unknown[]).length === 0;
}

/** Whether `opt` needs parentheses around the value, because it ends in a type. */
function isAnnotated(type: IDL.Type): boolean {
  const annotated = [IDL.IntClass, IDL.NatClass, IDL.FixedIntClass, IDL.FixedNatClass, IDL.FloatClass, IDL.NullClass];
  return [...annotated, IDL.ReservedClass].some((one) => type instanceof one);
}

function grouped(value: unknown): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '_');
}

const ESCAPES: Readonly<Record<string, string>> = { '\0': '\\0', '\t': '\\t', '\r': '\\r', '\n': '\\n' };

function quoted(text: string): string {
  const escaped = text.replace(/[\p{Cc}"'\\]/gu, (character) => {
    if (character === '"' || character === "'" || character === '\\') return `\\${character}`;
    return ESCAPES[character] ?? `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
  return `"${escaped}"`;
}

/** All bytes in hex, unless all are text. */
function blob(bytes: Uint8Array): string {
  const isText = bytes.every((byte) => isPrintable(byte) || byte === 0x09 || byte === 0x0a || byte === 0x0d);
  const escaped = (byte: number) => `\\${byte.toString(16).padStart(2, '0')}`;
  const character = (byte: number) => {
    const plain = isPrintable(byte) && !'"\'`\\'.includes(String.fromCharCode(byte));
    return plain ? String.fromCharCode(byte) : escaped(byte);
  };
  return `blob "${[...bytes].map(isText ? character : escaped).join('')}"`;
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x7e;
}

const KEYWORDS = new Set(
  `import service func type opt vec record variant blob principal nat nat8 nat16 nat32 nat64 int int8 int16 int32 int64
  float32 float64 bool text null reserved empty oneway query composite_query`.split(/\s+/),
);

function label(name: string): string {
  const hash = /^_(\d+)_$/.exec(name);
  if (hash?.[1] !== undefined) return grouped(hash[1]);
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !KEYWORDS.has(name) ? name : quoted(name);
}
