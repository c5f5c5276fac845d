#!/bin/bash
# Several suites in one boot of a lab, one after another.
#   tests/together.sh SUITE…
# Runs as root in a lab. False if one of them fails.
cd "$(dirname "$0")/suites" || exit 1
status=0
for suite; do
	echo "# $suite"
	bash "$suite.sh" || status=1
done
exit $status
