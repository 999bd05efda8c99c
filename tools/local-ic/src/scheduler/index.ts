export { notTaking } from './deliver.ts';
export { exportsOf } from './messages.ts';
export { runRound } from './round.ts';
