import { reject } from '../errors.ts';
import type { CanisterState } from '../state/types.ts';
import { findControlled } from './checks.ts';
import { CanisterIdArgs } from './idl.ts';
import { defineMethod, refuse, replyEmpty, textOf } from './method.ts';

/** Removes a stopped canister with its snapshots; its cycles are lost. */
export const deleteCanister = defineMethod<CanisterIdArgs>({
  name: 'delete_canister',
  ingress: 'controllers',
  args: CanisterIdArgs,
  target: ({ canister_id }) => canister_id,
  run: (context, args) => {
    if (textOf(args.canister_id) === context.sender) {
      return refuse(
        reject('IC0512', `Canister ${context.sender} cannot delete itself.\nDelete it from another controller.`),
      );
    }
    const found = findControlled(context, args.canister_id);
    if (!found.ok) return refuse(found.error);
    const canister = found.value;
    if (canister.status.kind !== 'stopped') {
      return refuse(reject('IC0510', `Canister ${canister.id} must be stopped before it is deleted.\nStop it first.`));
    }
    if (hasQueued(canister)) {
      return refuse(
        reject(
          'IC0203',
          `Canister ${canister.id} has messages in its queues and cannot be deleted now. Please retry after some time.`,
        ),
      );
    }
    context.state.canisters.delete(canister.id);
    context.machine.forget(canister.id);
    return replyEmpty();
  },
});

function hasQueued({ queues }: CanisterState): boolean {
  return (
    queues.ingress.length > 0 ||
    queues.output.length > 0 ||
    [...queues.fromCanisters.values()].some((messages) => messages.length > 0)
  );
}
