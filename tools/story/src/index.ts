/** The network of the story, for other tools that need the two canisters on a local IC. */
export { answer, method, request } from './net/call.ts';
export { addController, ask, CHAT, deploy, MANAGER, type Network, openNetwork } from './net/network.ts';
export { passTime, type RoundSeen, roundsDown, watchCall, watchRounds } from './net/rounds.ts';
