/** Methods as the CDK wants them. All of them are manual: the CDK would decode the argument before anybody asks who calls. */
import type { IDL } from 'azle';
import { query, update } from 'azle';

export interface ServedMethod {
  readonly kind: 'query' | 'update';
  readonly argument: readonly IDL.Type[];
  readonly result: IDL.Type;
  /** Reads the argument and replies, at once or when the promise is kept. */
  readonly enter: () => void | Promise<void>;
}

type Context = ClassMethodDecoratorContext<object, () => void | Promise<void>>;
type Decorator = (
  argument: IDL.Type[],
  result: IDL.Type,
  options: { readonly manual: true },
) => (method: () => void | Promise<void>, context: Context) => void;

/** What a decorator of the CDK is called with by a class; the CDK's types say less of it than they could. */
const DECORATORS = { query, update } as unknown as Readonly<Record<ServedMethod['kind'], Decorator>>;

/** Makes `method` one of the canister's, as if it were written in its class with a decorator of the CDK. */
export function serve(canister: object, name: string, { kind, argument, result, enter }: ServedMethod): void {
  const decorate = DECORATORS[kind]([...argument], result, { manual: true });
  const addInitializer = (initialize: (this: object) => void) => initialize.call(canister);
  decorate(enter, { kind: 'method', name, addInitializer } as unknown as Context);
}
