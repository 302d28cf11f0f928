#!/bin/sh
# Deja el contenedor listo: lo que usan las pruebas, la .venv del proyecto y pre-commit.
set -eu

sudo apt-get update --quiet
sudo apt-get install --yes --no-install-recommends chromium hunspell hunspell-es shellcheck

./taller --help > /dev/null
pipx install pre-commit
pre-commit install
