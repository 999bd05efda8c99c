#!/usr/bin/env bash
# Runs after chat was installed, by dfx (dfx.json, post_install) or by icp (icp.yaml, sync): makes the backup manager one
# more controller of chat, then registers chat with the default policy. May be repeated.
set -euo pipefail

case "${1:-}" in
  dfx)
    network=${DFX_NETWORK:-local}
    manager=$(dfx canister id backup-manager --network "$network")
    chat=$(dfx canister id chat --network "$network")
    dfx canister update-settings chat --network "$network" --add-controller "$manager"
    call=(dfx canister call backup-manager register --network "$network")
    ;;
  icp)
    environment=${ICP_CLI_ENVIRONMENT:-local}
    manager=${ICP_CLI_CID_BACKUP_MANAGER:?icp sets it while it runs sync steps}
    chat=${ICP_CLI_CID:?icp sets it while it runs sync steps}
    icp canister settings update chat --environment "$environment" --force --add-controller "$manager"
    call=(icp canister call backup-manager register --environment "$environment")
    ;;
  *)
    echo "usage: scripts/post-install.sh dfx | icp" >&2
    exit 2
    ;;
esac

answer=$("${call[@]}" "(record { canister = principal \"$chat\"; policy = null })")
echo "$answer"
# The call succeeds even if the manager refuses; then the deployment must not look complete.
case "$answer" in
  *'Ok ='*) ;;
  *duplicate_target*) echo "chat was registered before; its policy stays." ;;
  *) exit 1 ;;
esac
