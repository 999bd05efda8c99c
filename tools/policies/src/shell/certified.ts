/** What the network itself says of a canister, certified. Anybody may read it. */
import { AgentError, Cbor, Certificate, type HttpAgent, LookupPathStatus } from '@dfinity/agent';
import { Principal } from '@dfinity/principal';

/** The controllers of a canister; undefined if there is no such canister, or the network does not say. */
export async function controllersOf(agent: HttpAgent, canister: string): Promise<readonly string[] | undefined> {
  const canisterId = Principal.fromText(canister);
  const path = [
    new TextEncoder().encode('canister'),
    canisterId.toUint8Array(),
    new TextEncoder().encode('controllers'),
  ];
  const { rootKey } = agent;
  if (rootKey === null) throw new Error('the agent has no root key');
  try {
    const { certificate } = await agent.readState(canisterId, { paths: [path] });
    const read = await Certificate.create({ certificate, rootKey, canisterId, agent });
    const found = read.lookup_path(path);
    if (found.status !== LookupPathStatus.Found) return undefined;
    return Cbor.decode<Uint8Array[]>(found.value).map((bytes) => Principal.fromUint8Array(bytes).toText());
  } catch (error) {
    // A canister that is not there is refused at the door, by no certificate.
    if (error instanceof AgentError && error.kind === 'Protocol') return undefined;
    throw error;
  }
}
