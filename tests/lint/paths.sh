# shellcheck shell=bash disable=SC2034  # lint.sh uses them
# Paths: what a shell need not quote. One with a blank in it is what is left of a redirection that was meant otherwise.
paths_clean="paths are made of letters, digits and ._+-"
paths_expect=('^500 received, 500 sent$' '^tests/a:b$')

paths_ready() { :; }
paths_takes() { :; }

paths_check() {
	printf '%s\n' "$@" | LC_ALL=C grep -v '^[A-Za-z0-9._+/-]*$'
	return 0
}

paths_seed() { paths_check "500 received, 500 sent" tests/a:b tests/fuzz/corpus-1.bin; }
