#!/bin/bash
# What all nodes have in common: file systems that are there, and accounts of users.
# Sourced by controller.sh, login.sh and compute.sh, which HyperPod runs as root after it has set
# up Slurm and mounted the file systems. Every step may be run again.
set -euo pipefail

FOLDER="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
SETTINGS="$FOLDER/settings.json"

log() { echo "[platform] $*"; }

# Prints a value of settings.json, lists line by line, fields of users separated by spaces.
setting() {
  python3 - "$SETTINGS" "$1" <<'PYTHON'
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    value = json.load(file)[sys.argv[2]]
if isinstance(value, str):
    print(value)
else:
    for entry in value:
        if isinstance(entry, dict):
            print(entry["name"], entry["uid"], entry["account"] or "-")
        else:
            print(entry)
PYTHON
}

wait_for_mounts() {
  local path tries
  while read -r path; do
    tries=0
    until mountpoint -q "$path"; do
      tries=$((tries + 1))
      if [ "$tries" -gt "${MOUNT_TRIES:-60}" ]; then
        log "$path is not mounted"
        return 1
      fi
      sleep "${MOUNT_SECONDS:-5}"
    done
    log "$path is mounted"
  done < <(setting mounts)
}

add_users() {
  local name uid account homes home
  homes="$(setting homes)"
  mkdir -p "$homes"
  while read -r name uid account; do
    home="$homes/$name"
    getent group "$name" >/dev/null || groupadd --gid "$uid" "$name"
    id "$name" >/dev/null 2>&1 ||
      useradd --uid "$uid" --gid "$uid" --no-create-home --home-dir "$home" --shell /bin/bash "$name"
    # Homes are shared, and nodes start together: the first one makes the folder.
    if mkdir -m 700 "$home" 2>/dev/null; then
      cp -a /etc/skel/. "$home/"
      chmod 700 "$home"
      mkdir -m 700 "$home/.ssh"
      ssh-keygen -q -t ed25519 -N '' -C "$name within the cluster" -f "$home/.ssh/id_ed25519"
      cp "$home/.ssh/id_ed25519.pub" "$home/.ssh/authorized_keys"
      chmod 600 "$home/.ssh/authorized_keys"
      chown -R "$uid:$uid" "$home"
      log "$home made"
    fi
  done < <(setting users)
}

add_folders() {
  local folder name uid account
  while read -r folder; do
    mkdir -p "$folder"
    while read -r name uid account; do
      if mkdir -m 700 "$folder/$name" 2>/dev/null; then
        chown "$uid:$uid" "$folder/$name"
        log "$folder/$name made"
      fi
    done < <(setting users)
  done < <(setting folders)
}

run_team_script() {
  if [ -f "$FOLDER/team.sh" ]; then
    log "running team.sh on a $1 node"
    NODE_TYPE="$1" bash "$FOLDER/team.sh"
  fi
}

set_up_node() {
  log "setting up a $1 node"
  wait_for_mounts
  add_users
  add_folders
}
