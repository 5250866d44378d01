#!/bin/bash
# Gives Code Editor the team's settings, unless its user has some already.
set -eu

settings="${HOME}/sagemaker-code-editor-server-data/data/Machine/settings.json"
if [ ! -e "${settings}" ]; then
  mkdir -p "$(dirname "${settings}")"
  echo '{"files.trimTrailingWhitespace": true}' > "${settings}"
fi
