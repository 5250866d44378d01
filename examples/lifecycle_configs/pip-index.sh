#!/bin/bash
# Lets pip find packages in a mirror inside the VPC.
set -eu

mkdir -p "${HOME}/.config/pip"
cat > "${HOME}/.config/pip/pip.conf" <<'CONF'
[global]
index-url = https://packages.example.com/simple
CONF
