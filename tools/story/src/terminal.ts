/** Colours only where a person watches, and not if they asked for none (no-color.org). */
export function wantsColours(): boolean {
  const { NO_COLOR, TERM } = process.env;
  return process.stdout.isTTY === true && !NO_COLOR && TERM !== 'dumb';
}
