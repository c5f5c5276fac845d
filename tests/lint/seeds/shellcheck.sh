#!/bin/bash
# Bad on purpose: tests/lint/shellcheck.sh must see both mistakes.
cd "$1"
rm $1/*
