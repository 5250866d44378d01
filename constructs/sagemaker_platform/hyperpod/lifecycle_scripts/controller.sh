#!/bin/bash
# Controller node: a configuration that Slurm starts with, users, and their accounts in Slurm.
# shellcheck source=common.sh source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# HyperPod writes slurm.conf whenever groups change: systemd then mends it again.
mend_topology() {
  local own="${PLATFORM_FOLDER:-/opt/sagemaker-platform}" units="${UNITS:-/etc/systemd/system}"
  local conf="${SLURM_ETC:-/opt/slurm/etc}/slurm.conf"
  mkdir -p "$own"
  cp "$FOLDER/topology.sh" "$own/topology.sh"
  cat >"$units/platform-topology.service" <<UNIT
[Unit]
Description=Removes an empty topology from Slurm's configuration
[Service]
Type=oneshot
ExecStart=/bin/bash $own/topology.sh
UNIT
  cat >"$units/platform-topology.path" <<UNIT
[Unit]
Description=Watches Slurm's configuration
[Path]
PathChanged=$conf
[Install]
WantedBy=multi-user.target
UNIT
  systemctl daemon-reload
  systemctl enable --now platform-topology.path
  bash "$own/topology.sh"
}

# Slurm's accounting daemon may still be starting, and the cluster not be registered with it.
wait_for_accounting() {
  local tries=0
  until [ -n "$(sacctmgr --noheader --parsable2 show cluster 2>/dev/null)" ]; do
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
  while read -r name _ account; do
    if [ "$account" = "-" ]; then
      continue
    fi
    # Both fail and change nothing where the entry exists. Without name=, `where` is a keyword.
    sacctmgr --immediate add account name="$account" || true
    sacctmgr --immediate add user name="$name" account="$account" || true
    if [ -z "$(sacctmgr --noheader --parsable2 show assoc user="$name" account="$account")" ]; then
      log "Slurm did not take $name into the account $account"
    fi
  done < <(setting users)
}

main() {
  set_up_node controller
  mend_topology
  PATH="$PATH:/opt/slurm/bin"
  add_accounts
  run_team_script controller
}

main
