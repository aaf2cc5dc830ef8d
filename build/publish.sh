#!/usr/bin/env bash
# The native build of one binary, the same for ./eventbus and the Dockerfile:  publish.sh gateway|worker OUT_FOLDER
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
case $1 in gateway) project=src/EventBus.Gateway ;; worker) project=src/EventBus.Worker ;; *) exit 2 ;; esac
case $(uname -m) in x86_64) rid=linux-x64 ;; aarch64 | arm64) rid=linux-arm64 ;; *) exit 2 ;; esac
# Restored apart, without the runtime: `publish --runtime` would restore the libraries for it too and so rewrite their lock files.
dotnet restore "$project"
dotnet publish "$project" --no-restore --configuration Release --runtime "$rid" --output "$2" \
  -p:CopyOutputSymbolsToPublishDirectory=false -p:PublishDocumentationFiles=false
