/** Arguments in Candid's text, as they are typed behind `canister call`, read by their types. Only what people type. */
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';

const TOKEN = /\s*("(?:[^"\\]|\\.)*"|[A-Za-z_]\w*|\d[\d_]*|[(){}=;:,])/y;

export function parseArguments(text: string, types: readonly IDL.Type[]): unknown[] {
  const tokens = new Tokens(text);
  tokens.expect('(');
  const values = types.map((type, index) => {
    if (index > 0) tokens.expect(',');
    return type.accept(READER, tokens);
  });
  tokens.expect(')');
  tokens.end();
  return values;
}

class Tokens {
  private readonly rest: string[] = [];

  constructor(text: string) {
    const end = text.trimEnd().length;
    for (let at = 0; at < end; at = TOKEN.lastIndex) {
      TOKEN.lastIndex = at;
      const match = TOKEN.exec(text);
      if (match === null) throw new Error(`not Candid from ${at} on: ${text}`);
      this.rest.push(match[1]!);
    }
  }

  next(): string {
    const token = this.rest.shift();
    if (token === undefined) throw new Error('the text ends too soon');
    return token;
  }

  has(token: string): boolean {
    if (this.rest[0] !== token) return false;
    this.rest.shift();
    return true;
  }

  expect(token: string): void {
    const found = this.next();
    if (found !== token) throw new Error(`expected ${token} and found ${found}`);
  }

  end(): void {
    if (this.rest.length > 0) throw new Error(`what is ${this.rest.join(' ')}?`);
  }
}

class Reader extends IDL.Visitor<Tokens, unknown> {
  override visitType(type: IDL.Type): unknown {
    throw new Error(`nobody types ${type.display()}`);
  }

  override visitPrincipal(_: IDL.PrincipalClass, tokens: Tokens): unknown {
    tokens.expect('principal');
    return Principal.fromText(quoted(tokens.next()));
  }

  override visitText(_: IDL.TextClass, tokens: Tokens): unknown {
    return quoted(tokens.next());
  }

  override visitBool(_: IDL.BoolClass, tokens: Tokens): unknown {
    return tokens.next() === 'true';
  }

  override visitNull(_: IDL.NullClass, tokens: Tokens): unknown {
    tokens.expect('null');
    return null;
  }

  override visitNat(type: IDL.NatClass, tokens: Tokens): unknown {
    return number(tokens, type);
  }

  override visitFixedNat(type: IDL.FixedNatClass, tokens: Tokens): unknown {
    const value = number(tokens, type);
    return type._bits > 32 ? value : Number(value);
  }

  override visitOpt<T>(_: IDL.OptClass<T>, inner: IDL.Type<T>, tokens: Tokens): unknown {
    if (tokens.has('null')) return [];
    tokens.expect('opt');
    return [inner.accept(this, tokens)];
  }

  override visitVec<T>(_: IDL.VecClass<T>, item: IDL.Type<T>, tokens: Tokens): unknown {
    if (tokens.has('blob')) return bytes(tokens.next());
    tokens.expect('vec');
    const values: unknown[] = [];
    braces(tokens, () => values.push(item.accept(this, tokens)));
    return values;
  }

  override visitRecord(_: IDL.RecordClass, fields: [string, IDL.Type][], tokens: Tokens): unknown {
    tokens.expect('record');
    const record: Record<string, unknown> = {};
    braces(tokens, () => {
      const name = tokens.next();
      const type = fields.find(([field]) => field === name)?.[1];
      if (type === undefined) throw new Error(`there is no field ${name}`);
      tokens.expect('=');
      record[name] = type.accept(this, tokens);
    });
    for (const [name, type] of fields) {
      if (name in record) continue;
      if (!(type instanceof IDL.OptClass)) throw new Error(`the field ${name} is missing`);
      record[name] = [];
    }
    return record;
  }

  override visitVariant(_: IDL.VariantClass, fields: [string, IDL.Type][], tokens: Tokens): unknown {
    tokens.expect('variant');
    tokens.expect('{');
    const name = tokens.next();
    const type = fields.find(([tag]) => tag === name)?.[1];
    if (type === undefined) throw new Error(`there is no tag ${name}`);
    const value = tokens.has('=') ? type.accept(this, tokens) : null;
    tokens.expect('}');
    return { [name]: value };
  }
}

const READER = new Reader();

function braces(tokens: Tokens, item: () => void): void {
  tokens.expect('{');
  while (!tokens.has('}')) {
    item();
    if (tokens.has(';')) continue;
    tokens.expect('}');
    return;
  }
}

function number(tokens: Tokens, type: IDL.Type): bigint {
  const value = BigInt(tokens.next().replaceAll('_', ''));
  if (tokens.has(':')) tokens.expect(type.name);
  return value;
}

function quoted(token: string): string {
  if (!token.startsWith('"')) throw new Error(`expected a text and found ${token}`);
  return token.slice(1, -1);
}

function bytes(token: string): Uint8Array {
  const parts = [...quoted(token).matchAll(/\\([0-9a-f]{2})|([^\\])/g)];
  return Uint8Array.from(parts, ([, hex, character = '']) =>
    hex === undefined ? character.charCodeAt(0) : Number.parseInt(hex, 16),
  );
}
