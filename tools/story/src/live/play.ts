import { readModules } from '../net/modules.ts';
import type { Paper } from '../paper/paper.ts';
import { type Deployed, deployLive } from './deploy.ts';
import { startNetwork } from './process.ts';

/** Starts a network with the story's canisters on it, and gives its exit code when it has ended. */
export async function playLive(
  args: readonly string[],
  paper: Paper,
  onReady: (deployed: Deployed, stop: () => void) => void = () => {},
): Promise<number> {
  const network = await startNetwork(args);
  if (network.url === null) return network.ended;
  try {
    const deployed = await deployLive(network.url, readModules());
    show(deployed, paper);
    onReady(deployed, network.stop);
  } catch (error) {
    // Whoever ends it early wants nothing deployed any more.
    if (network.isEnding()) return network.ended;
    network.stop();
    await network.ended;
    paper.failure(`The canisters could not be deployed: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
  return network.ended;
}

function show({ url, manager, chat, isNew }: Deployed, paper: Paper): void {
  paper.heading(1, isNew ? 'A chat and its backup manager are deployed' : 'The chat and its manager are as they were');
  const { host } = new URL(url);
  paper.facts([
    ['network', url],
    ['backup-manager', `${manager}, http://${host}/?canisterId=${manager}`],
    ['chat', chat],
  ]);
  paper.prose('The anonymous identity controls both, so that every client can try everything:');
  const where = `-n ${url} -k fetch --identity anonymous`;
  paper.commands([
    `icp canister call ${chat} append '("Hi there!")' ${where}`,
    `icp canister call ${manager} backup '(principal "${chat}")' ${where}`,
    `icp canister call ${chat} remove_spam '()' ${where}`,
    `icp canister call ${manager} restore '()' ${where}`,
    `icp canister call ${chat} dump '()' ${where}`,
  ]);
  paper.prose(
    `dfx does the same with --network ${url} --identity anonymous in place of the last three options, and @dfinity/agent ` +
      'with that address as its host. Ctrl-C ends it.',
  );
  paper.space();
}
