import { Principal } from '@dfinity/principal';
import { idleBurnPerDay, memoryMetrics, memoryUsage } from '../cycles.ts';
import { err } from '../errors.ts';
import { MAX_HISTORY_ENTRIES, MAX_LOG_BYTES } from '../limits.ts';
import { moduleMetadata } from '../metadata.ts';
import type { PrincipalText } from '../principal.ts';
import type { CanisterState, HistoryDetails, HistoryEntry } from '../state/types.ts';
import { findCanister, findControlledOrSelf, isController } from './checks.ts';
import {
  CanisterIdArgs,
  CanisterInfoArgs,
  CanisterInfoResult,
  CanisterMetadataArgs,
  CanisterMetadataResult,
  StatusResult,
} from './idl.ts';
import { defineMethod, refuse, reply } from './method.ts';
import { visibilityCandid } from './settings.ts';
import type { ManagementContext } from './types.ts';

export const canisterStatus = defineMethod<CanisterIdArgs>({
  name: 'canister_status',
  ingress: 'controllers',
  args: CanisterIdArgs,
  target: ({ canister_id }) => canister_id,
  run: (context, args) => {
    const found = findControlledOrSelf(context, args.canister_id);
    return found.ok ? reply(StatusResult, statusOf(found.value, context)) : refuse(found.error);
  },
});

function statusOf(canister: CanisterState, { state }: ManagementContext) {
  const metrics = memoryMetrics(canister);
  return {
    status: { [canister.status.kind]: null },
    ready_for_migration: canister.status.kind === 'stopped' && canister.queues.fromCanisters.size === 0,
    version: canister.version,
    settings: settingsOf(canister),
    module_hash: canister.code === null ? [] : [canister.code.moduleHash],
    memory_size: memoryUsage(canister),
    memory_metrics: {
      wasm_memory_size: metrics.wasmMemory,
      stable_memory_size: metrics.stableMemory,
      global_memory_size: metrics.globals,
      wasm_binary_size: metrics.wasmBinary,
      custom_sections_size: metrics.customSections,
      canister_history_size: metrics.history,
      wasm_chunk_store_size: metrics.chunkStore,
      snapshots_size: metrics.snapshots,
      // Logs are not counted as memory here.
      log_memory_store_size: 0n,
    },
    cycles: canister.cycles,
    reserved_cycles: canister.reservedCycles,
    idle_cycles_burned_per_day: idleBurnPerDay(state, canister),
    // Query statistics are aggregated over nodes and epochs; with one node and no epochs there are none.
    query_stats: {
      num_calls_total: 0n,
      num_instructions_total: 0n,
      request_payload_bytes_total: 0n,
      response_payload_bytes_total: 0n,
    },
  };
}

function settingsOf({ controllers, settings }: CanisterState) {
  return {
    controllers: controllers.map(principalOf),
    compute_allocation: settings.computeAllocation,
    memory_allocation: settings.memoryAllocation,
    freezing_threshold: settings.freezingThreshold,
    reserved_cycles_limit: settings.reservedCyclesLimit,
    log_visibility: visibilityCandid(settings.logVisibility, principalOf),
    log_memory_limit: BigInt(MAX_LOG_BYTES),
    snapshot_visibility: visibilityCandid(settings.snapshotVisibility, principalOf),
    // Newer settings, which cannot be changed here: what their defaults say is how it is.
    status_visibility: { controllers: null },
    minimum_incoming_canister_call_cycles: 0n,
    wasm_memory_limit: settings.wasmMemoryLimit,
    wasm_memory_threshold: settings.wasmMemoryThreshold,
    environment_variables: settings.environmentVariables,
  };
}

/** For any canister: what is public, and the last changes, oldest first. */
export const canisterInfo = defineMethod<CanisterInfoArgs>({
  name: 'canister_info',
  ingress: 'nobody',
  args: CanisterInfoArgs,
  target: ({ canister_id }) => canister_id,
  run: (context, args) => {
    const found = findCanister(context, args.canister_id);
    if (!found.ok) return refuse(found.error);
    const canister = found.value;
    const wanted = args.num_requested_changes[0] ?? 0n;
    const count = wanted < BigInt(MAX_HISTORY_ENTRIES) ? Number(wanted) : MAX_HISTORY_ENTRIES;
    return reply(CanisterInfoResult, {
      total_num_changes: canister.historyTotal,
      recent_changes: count === 0 ? [] : canister.history.slice(-count).map(changeOf),
      module_hash: canister.code === null ? [] : [canister.code.moduleHash],
      controllers: canister.controllers.map(principalOf),
    });
  },
});

function changeOf({ timestamp, canisterVersion, origin, details }: HistoryEntry) {
  return {
    timestamp_nanos: timestamp,
    canister_version: canisterVersion,
    origin:
      origin.kind === 'user'
        ? { from_user: { user_id: principalOf(origin.user) } }
        : {
            from_canister: {
              canister_id: principalOf(origin.canister),
              canister_version: origin.version === null ? [] : [origin.version],
            },
          },
    details: detailsOf(details),
  };
}

function detailsOf(details: HistoryDetails) {
  switch (details.kind) {
    case 'creation':
      return { creation: { controllers: details.controllers.map(principalOf), environment_variables_hash: [] } };
    case 'code_uninstall':
      return { code_uninstall: null };
    case 'code_deployment':
      return { code_deployment: { mode: { [details.mode]: null }, module_hash: details.moduleHash } };
    case 'load_snapshot':
      return {
        load_snapshot: {
          from_canister_id: details.fromCanister === null ? [] : [principalOf(details.fromCanister)],
          snapshot_id: details.snapshotId,
          canister_version: details.canisterVersion,
          taken_at_timestamp: details.takenAt,
          source: { [details.source]: null },
        },
      };
    case 'controllers_change':
      return { controllers_change: { controllers: details.controllers.map(principalOf) } };
  }
}

/** A custom section `icp:public <name>`, or `icp:private <name>` for controllers. */
export const canisterMetadata = defineMethod<CanisterMetadataArgs>({
  name: 'canister_metadata',
  ingress: 'nobody',
  args: CanisterMetadataArgs,
  target: ({ canister_id }) => canister_id,
  run: (context, args) => {
    const found = findCanister(context, args.canister_id);
    if (!found.ok) return refuse(found.error);
    const canister = found.value;
    if (canister.code === null) {
      return refuse(
        err('IC0537', `The canister ${canister.id} has no Wasm module and hence no metadata is available.`).error,
      );
    }
    const section = moduleMetadata(canister.code.wasmModule).get(args.name);
    if (section === undefined || (section.visibility === 'private' && !isController(canister, context))) {
      return refuse(
        err('IC0406', `The canister ${canister.id} has no metadata section with the name ${args.name}.`).error,
      );
    }
    return reply(CanisterMetadataResult, { value: section.content });
  },
});

function principalOf(id: PrincipalText): Principal {
  return Principal.fromText(id);
}
