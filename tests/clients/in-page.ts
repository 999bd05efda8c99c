/** What a page does: the test bundles this file for the browser. */
import { Actor, HttpAgent } from '@dfinity/agent';
import { IDL } from '@dfinity/candid';
import type { Principal } from '@dfinity/principal';

/** An update and a query of the canister that says who asks, by an agent with all its checks on. */
export async function callFromPage(host: string, canisterId: string): Promise<string[]> {
  const agent = await HttpAgent.create({ host, shouldFetchRootKey: true, verifyQuerySignatures: true, retryTimes: 0 });
  const factory = () =>
    IDL.Service({ whoAsks: IDL.Func([], [IDL.Principal], ['query']), whoCalls: IDL.Func([], [IDL.Principal], []) });
  const actor = Actor.createActor<{ whoAsks(): Promise<Principal>; whoCalls(): Promise<Principal> }>(factory, {
    agent,
    canisterId,
  });
  return [(await actor.whoCalls()).toText(), (await actor.whoAsks()).toText()];
}
