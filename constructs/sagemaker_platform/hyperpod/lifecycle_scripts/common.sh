#!/bin/bash
# What all nodes have in common: file systems that are there, and accounts of users.
# Sourced by controller.sh, login.sh and compute.sh, which HyperPod runs as root after it has set
# up Slurm and mounted the file systems. Every step may be run again.
set -euo pipefail

FOLDER="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
SETTINGS="$FOLDER/settings.json"

log() { echo "[platform] $*"; }

# HyperPod uploads the log every minute or so: a script that exits at once leaves none.
report() {
  local code=$?
  if [ "$code" -ne 0 ]; then
    log "failed with $code"
    sleep "${FAILURE_SECONDS:-60}"
  fi
}
trap report EXIT

# A file system may be mounted and not writable yet.
is_ready() {
  local probe="$1/.platform-$$"
  mountpoint -q "$1" && touch "$probe" 2>/dev/null && rm -f "$probe"
}

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
    until is_ready "$path"; do
      tries=$((tries + 1))
      if [ "$tries" -gt "${MOUNT_TRIES:-60}" ]; then
        log "$path is not mounted, or not writable"
        return 1
      fi
      sleep "${MOUNT_SECONDS:-5}"
    done
    log "$path is mounted and writable"
  done < <(setting mounts)
}

# Homes are shared, and nodes start together: the first one makes the folder. A node that was
# interrupted leaves a home that is not ready, and the next one finishes it.
make_home() {
  local home="$1" uid="$2" name="$3" key="$1/.ssh/id_ed25519" own
  if [ -e "$home/.ssh/authorized_keys" ] && [ "$(stat -c %u "$home")" = "$uid" ]; then
    return 0
  fi
  mkdir -p "$home/.ssh"
  # What the user has changed stays.
  cp -a --update=none /etc/skel/. "$home/" 2>/dev/null || cp -an /etc/skel/. "$home/"
  # After the copy, which gives the home the mode of /etc/skel.
  chmod 700 "$home" "$home/.ssh"
  if [ ! -s "$key" ] || [ ! -s "$key.pub" ]; then
    # Another node may do the same: the first pair that is complete stays.
    own="$(mktemp -d "$home/.ssh/new.XXXXXX")"
    ssh-keygen -q -t ed25519 -N '' -C "$name within the cluster" -f "$own/id_ed25519"
    [ -s "$key" ] || rm -f "$key"
    ln "$own/id_ed25519" "$key" 2>/dev/null && ln -f "$own/id_ed25519.pub" "$key.pub" || true
    [ -s "$key.pub" ] || ssh-keygen -y -f "$key" >"$key.pub"
    rm -rf "$own"
  fi
  chown -R "$uid:$uid" "$home"
  # Last, and in one step: it says that the home is ready.
  cp "$key.pub" "$home/.ssh/.authorized_keys.$$"
  chmod 600 "$home/.ssh/.authorized_keys.$$"
  chown "$uid:$uid" "$home/.ssh/.authorized_keys.$$"
  mv "$home/.ssh/.authorized_keys.$$" "$home/.ssh/authorized_keys"
  log "$home made"
}

add_users() {
  local name uid homes home
  homes="$(setting homes)"
  mkdir -p "$homes"
  while read -r name uid _; do
    home="$homes/$name"
    getent group "$name" >/dev/null || groupadd --gid "$uid" "$name"
    id "$name" >/dev/null 2>&1 ||
      useradd --uid "$uid" --gid "$uid" --no-create-home --home-dir "$home" --shell /bin/bash "$name"
    make_home "$home" "$uid" "$name"
  done < <(setting users)
}

add_folders() {
  local folder name uid
  while read -r folder; do
    mkdir -p "$folder"
    while read -r name uid _; do
      # Nodes start together: another one may make it.
      mkdir -m 700 "$folder/$name" 2>/dev/null || [ -d "$folder/$name" ]
      # An interrupted node may have left it to root.
      chown "$uid:$uid" "$folder/$name"
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
  if [ -f "$FOLDER/lustre_efa.sh" ]; then
    bash "$FOLDER/lustre_efa.sh"
  fi
  add_users
  add_folders
}
