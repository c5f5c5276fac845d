# shellcheck shell=bash
# Misspelt words, in all files. Words that are none are in tests/lint/codespell.words, one a line.

codespell_clean='words are spelt correctly'
codespell_expect=('recieve ==> receive')

codespell_ready() { lint_needs codespell:codespell; }

codespell_takes() { [[ $1 != tests/lint/codespell.words ]]; }

codespell_run() { codespell --disable-colors --ignore-words tests/lint/codespell.words "$@"; }

codespell_check() { codespell_run "$@"; }

codespell_seed() { codespell_run "$SEEDS/codespell.txt"; }
