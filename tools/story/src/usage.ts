import type { CommanderError } from 'commander';

/** Commander has printed what is wrong, or the help that was asked for. */
export const WRONG_USE = ({ exitCode }: CommanderError): never => process.exit(exitCode === 0 ? 0 : 2);
