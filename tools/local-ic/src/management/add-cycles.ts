import { findCanister } from './checks.ts';
import { CanisterIdArgs, ProvisionalTopUpArgs } from './idl.ts';
import { defineMethod, refuse, replyEmpty } from './method.ts';

/** Any canister may give any canister cycles. */
export const depositCycles = defineMethod<CanisterIdArgs>({
  name: 'deposit_cycles',
  ingress: 'nobody',
  args: CanisterIdArgs,
  target: ({ canister_id }) => canister_id,
  run: (context, args) => {
    const found = findCanister(context, args.canister_id);
    if (!found.ok) return refuse(found.error);
    found.value.cycles += context.request.cycles;
    return replyEmpty({ acceptedCycles: context.request.cycles });
  },
});

/** Makes cycles out of nothing; exists on test networks only. */
export const provisionalTopUp = defineMethod<ProvisionalTopUpArgs>({
  name: 'provisional_top_up_canister',
  ingress: 'anyone',
  args: ProvisionalTopUpArgs,
  target: ({ canister_id }) => canister_id,
  run: (context, args) => {
    const found = findCanister(context, args.canister_id);
    if (!found.ok) return refuse(found.error);
    found.value.cycles += args.amount;
    return replyEmpty();
  },
});
