/**
 * The IC's timer itself, below the CDK's: what `tools/canister-build` brings (`globalTimer` in `package.json`), asked through
 * principals that nobody can be. In a module without it the answers are no.
 */
import { isController, Principal } from 'azle';

const RESERVED = 0x7f;

function question(number: number): Principal {
  const name = [...'global timer ic0'].map((letter) => letter.charCodeAt(0));
  return Principal.fromUint8Array(Uint8Array.from([...name, number, RESERVED]));
}

const [LOST, NONE, WAKE] = [question(0), question(1), question(2)];

/** Whether the IC has another timer than the CDK set last, or lost it. Not in a query. */
export function timerLost(): boolean {
  return isController(LOST);
}

/** Whether the IC has no timer of ours. Not in a query. */
export function timerUnset(): boolean {
  return isController(NONE);
}

/** The CDK's timers that are due run at once, and it sets the IC's timer for the next. Not in a query. */
export function ringNow(): void {
  isController(WAKE);
}
