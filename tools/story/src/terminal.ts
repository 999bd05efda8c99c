import { createPaper, type Paper } from './paper/paper.ts';

/**
 * Colours and folded lines only where a person watches; no colours for those who asked for none (no-color.org).
 * FORCE_COLOR is for recordings.
 */
export function terminalPaper(): Paper {
  const { FORCE_COLOR, NO_COLOR, TERM } = process.env;
  const watched = process.stdout.isTTY === true;
  const coloured = !NO_COLOR && ((watched && TERM !== 'dumb') || Boolean(FORCE_COLOR));
  leaveQuietly();
  const columns = watched ? process.stdout.columns : undefined;
  return createPaper((line) => process.stdout.write(`${line}\n`), { coloured, columns });
}

/** Whoever reads may stop reading (`npm start | head`); that is no failure. */
function leaveQuietly(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}
