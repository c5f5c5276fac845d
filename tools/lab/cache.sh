# shellcheck shell=bash
# The cache: what a lab needs is made once, outside the work tree, under a name that holds a hash of what went in.
#
#   $CACHE/<thing>-<key>/        made whole under a temporary name, then renamed: a thing that is there is complete
#   $CACHE/versions/             which package versions things are made from, asked once (see apt.sh)
#   $CACHE/build/<kernel>-<key>/ incremental builds of our own modules (see modules.sh)
#   $CACHE/lock/ $CACHE/log/ $CACHE/run/

cache_init() {
	CACHE=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/softdpu
	mkdir -p "$CACHE"/{lock,log,run,versions,build} || die "cannot write to the cache $CACHE"
	CACHE=$(cd "$CACHE" && pwd -P)
}

# cache_key WORD…: a short hash of the words
cache_key() { printf '%s\n' "$@" | sha256sum | cut -c1-10; }

# cache_locked NAME COMMAND…: run COMMAND while nobody else holds NAME
cache_locked() {
	local name=$1 fd status
	shift
	exec {fd}>"$CACHE/lock/$name" || return 1
	if ! flock -w 3 "$fd"; then
		say "waiting for another softdpu-lab that is making $name"
		flock "$fd" || return 1
	fi
	# COMMAND's processes hold it too: what outlives us, killed, still counts
	"$@"
	status=$?
	exec {fd}>&-
	return $status
}

# cache_make THING BUILDER ARG…: make $CACHE/THING by `BUILDER TMPPATH ARG…` unless it is there
cache_make() {
	local thing=$1
	[[ -e $CACHE/$thing ]] && return 0
	cache_locked "$thing" cache_make_locked "$@"
}

cache_make_locked() {
	local thing=$1 builder=$2 tmp=$CACHE/tmp.$1
	shift 2
	[[ -e $CACHE/$thing ]] && return 0
	rm -rf --one-file-system "$tmp"
	"$builder" "$tmp" "$@" || return 1
	mv -T "$tmp" "$CACHE/$thing"
}

cache_list() {
	local path
	say "cache: $CACHE"
	for path in "$CACHE"/*; do
		case ${path##*/} in lock) continue ;; esac
		du -sh "$path"
	done
}

cache_clean() {
	local path
	for path in "$CACHE"/run/*/; do
		[[ -e $path/pid ]] && kill -0 "$(<"$path/pid")" 2>/dev/null &&
			die "a lab is running (pid $(<"$path/pid")); not cleaning under it"
	done
	rm -rf --one-file-system "$CACHE" || die "could not remove all of $CACHE"
	say "removed $CACHE"
}
