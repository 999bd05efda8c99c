/** What the public HTTP API and a gateway serve: one instance. */
import type { Clock } from './clock.ts';
import type { InstanceHost } from './instance-host.ts';
import type { Rounds } from './rounds.ts';

export interface ApiContext {
  readonly host: InstanceHost;
  readonly clock: Clock;
  /** The instance, and what tells that it has run a round. */
  readonly key: number;
  readonly rounds: Rounds;
}
