// What a person sees while the scripts work: one line per phase, a spinner on a terminal, plain lines everywhere else.
// A phase is never silent for longer than HEARTBEAT_SECONDS, so nobody has to wonder whether it hangs.

const HEARTBEAT_SECONDS = 8;
const SPINNER_MILLISECONDS = 100;
/** Columns of a line that nobody watches. */
const WIDTH = 96;
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Animation only where someone watches: not in a file, not in a pipe, not in CI. */
const animated = process.stderr.isTTY === true && !process.env.CI && process.env.TERM !== 'dumb';
const coloured = animated && process.stdout.isTTY === true && !process.env.NO_COLOR;

const paint = (code) => (text) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);
export const bold = paint(1);
export const dim = paint(2);
export const red = paint(31);
export const green = paint(32);

export function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

// Whoever reads may stop reading (`npm test | head`): work on, in silence.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

/** Prints one line without disturbing a running spinner. */
export function say(line = '', stream = process.stdout) {
  if (animated) process.stderr.write('\r\u001b[2K');
  stream.write(`${line}\n`);
}

const report = (line) => say(line, process.stderr);

/**
 * Starts a phase. `note` says what it is busy with right now; `succeed` and `fail` end it with one line. All of it goes to
 * standard error: what a command answers, for a program to read, is alone on standard output.
 * @param {string} title
 */
export function phase(title) {
  const started = performance.now();
  let note = '';
  let frame = 0;
  let lastSpoke = performance.now();

  const draw = () => {
    frame += 1;
    const room = Math.max(20, (process.stderr.columns ?? 80) - 1);
    const text = `${SPINNER[frame % SPINNER.length]} ${title}  ${seconds(started)}${note ? `  ${note}` : ''}`;
    process.stderr.write(`\r\u001b[2K${text.slice(0, room)}`);
  };
  const beat = () => {
    if ((performance.now() - lastSpoke) / 1000 < HEARTBEAT_SECONDS) return;
    lastSpoke = performance.now();
    report(`  ${seconds(started)}  ${note || 'still at it'}`.slice(0, WIDTH));
  };
  if (!animated) report(`- ${title}`);
  const timer = animated ? setInterval(draw, SPINNER_MILLISECONDS) : setInterval(beat, 500);

  const end = (mark) => {
    clearInterval(timer);
    report(`${mark} ${title}  ${dim(seconds(started))}`);
  };
  return {
    note(text) {
      note = text;
    },
    succeed: () => end(green('✓')),
    fail: () => end(red('✗')),
  };
}
