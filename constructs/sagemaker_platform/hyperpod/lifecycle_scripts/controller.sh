#!/bin/bash
# Controller node: users, and their accounts in Slurm.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Slurm's accounting daemon may still be starting.
wait_for_accounting() {
  local tries=0
  until sacctmgr --noheader --parsable2 show cluster >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -gt "${ACCOUNTING_TRIES:-24}" ]; then
      return 1
    fi
    sleep "${ACCOUNTING_SECONDS:-5}"
  done
}

add_accounts() {
  local name uid account
  if ! grep -q '"account": "' "$SETTINGS"; then
    return 0
  fi
  if ! wait_for_accounting; then
    log "Slurm has no accounting: users are in no account"
    return 0
  fi
  while read -r name uid account; do
    if [ "$account" != "-" ]; then
      # Both say so and change nothing where the entry exists.
      sacctmgr --immediate add account "$account" || true
      sacctmgr --immediate add user "$name" account="$account" || true
    fi
  done < <(setting users)
}

main() {
  set_up_node controller
  PATH="$PATH:/opt/slurm/bin"
  add_accounts
  run_team_script controller
}

main
