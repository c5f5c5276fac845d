# shellcheck shell=bash
# Shell scripts: those with a shebang, and parts that are read by others ("# shellcheck shell=bash" in the first line).
#
#   SC1090, SC1091          a file is looked at for itself, not with what it reads
#   SC2016                  '$1' inside of bash -c '…' is meant as it stands
#   SC2034, SC2153, SC2154  in parts, and in what reads parts: the variable is used, or set, in another file
#   SC2317                  functions that a trap or another function calls by name count as never called

shellcheck_clean='shell scripts have none of the mistakes that shellcheck knows'
shellcheck_expect=('SC2086' 'SC2164')

shellcheck_ready() { lint_needs shellcheck:shellcheck; }

shellcheck_takes() {
	local first=
	IFS= read -r first <"$1" 2>/dev/null
	# busybox sh has no other checker either
	[[ $first =~ ^#!.*[/\ ](ba|da)?sh$|^#!.*[/\ ](ba|da)?sh\ |^'# shellcheck shell=' ]]
}

shellcheck_run() {
	local exclude=SC1090,SC1091,SC2016,SC2317
	if ! head -n 1 "$1" | grep -q '^#!' || grep -qE '^[[:space:]]*\. ' "$1"; then
		exclude+=,SC2034,SC2153,SC2154
	fi
	shellcheck --format=gcc --exclude="$exclude" "$1"
}

shellcheck_check() {
	local file
	for file; do
		shellcheck_run "$file"
	done
	true
}

shellcheck_seed() { shellcheck_run "$SEEDS/shellcheck.sh"; }
