import type { PrincipalText } from 'local-ic';
import { typedText } from '../candid/text.ts';
import { isQuery, type Method } from '../net/call.ts';

/** The commands with which a person does the same on any network: first dfx's, then icp's. */
export type Commands = readonly [dfx: string, icp: string];

/** Columns at which a command's argument is broken over several lines. */
const WIDTH = 74;

export function callCommands(canister: string, method: Method, args: readonly unknown[]): Commands {
  const argument = typedText(method.types.argTypes, args, WIDTH);
  const quoted = `'${argument.replaceAll("'", `'\\''`)}'`;
  // dfx reads from the interface what is a query, and asks for no argument where there is none to give.
  const dfx = args.length === 0 ? '' : ` ${quoted}`;
  const icp = ` ${quoted}${isQuery(method) ? ' --query' : ''}`;
  const call = `canister call ${canister} ${method.name}`;
  return [`dfx ${call}${dfx}`, `icp ${call}${icp}`];
}

export function deployCommands(canister: string): Commands {
  return [`dfx deploy ${canister}`, `icp deploy ${canister}`];
}

export function addControllerCommands(canister: string, controller: PrincipalText): Commands {
  return [
    `dfx canister update-settings ${canister} --add-controller ${controller}`,
    `icp canister settings update ${canister} --add-controller ${controller}`,
  ];
}

export function listSnapshotsCommands(canister: string): Commands {
  return [`dfx canister snapshot list ${canister}`, `icp canister snapshot list ${canister}`];
}
