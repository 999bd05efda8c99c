export { notTaking } from './deliver.ts';
export { nextWork } from './next-work.ts';
export { runRound } from './round.ts';
