# shellcheck shell=bash
# Debian packages: those of the host, and those of other releases from the host's own mirror.

# need PACKAGE…: install what is missing on the host, or say what is
need() {
	local package missing=()
	for package; do
		dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^.i' || missing+=("$package")
	done
	((${#missing[@]})) || return 0
	if ((EUID != 0)); then
		die "these packages are missing: ${missing[*]} (as root: apt-get install --no-install-recommends ${missing[*]})"
	fi
	cache_locked host-apt need_install "${missing[@]}" || die "could not install: ${missing[*]}"
}

need_install() {
	progress "installing ${*:1:4}$( (($# > 4)) && echo " and $(($# - 4)) more")" need_apt "$@"
}

need_apt() {
	export DEBIAN_FRONTEND=noninteractive
	apt-get install -y --no-install-recommends "$@" && return 0
	apt-get update && apt-get install -y --no-install-recommends "$@"
}

# The mirror that this host's apt uses for Debian itself. Where package lists were thrown away, as in an image for
# containers, apt does not know what is behind its sources before it has asked.
apt_mirror() {
	local uri
	uri=$(apt_mirror_known)
	if [[ -z $uri ]] && ((EUID == 0)); then
		cache_locked host-apt progress "asking for this machine's package lists" apt-get update || return 1
		uri=$(apt_mirror_known)
	fi
	[[ -n $uri ]] || die "apt on this host knows no mirror of Debian: set one up, then apt-get update"
	printf '%s\n' "$uri"
}

apt_mirror_known() {
	# shellcheck disable=SC2016 # apt's variables, not ours
	apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		sed -n 's/^Debian \(http[^ ]*\)$/\1/p' | head -n 1
}

# apt_for SUITE TOOL ARG…: TOOL (of apt) on a private state that knows SUITE only. Mirrors that lag and frozen snapshots
# are fine for a lab, so how old the release file is does not count; its signature does.
apt_for() {
	local suite=$1 tool=$2 dir=$CACHE/apt-$1 ring=/usr/share/keyrings/debian-archive-keyring.gpg mirror
	shift 2
	mirror=$(apt_mirror) || return 1
	mkdir -p "$dir"/{lists/partial,archives/partial,etc} || return 1
	: >"$dir/status"
	printf 'deb [signed-by=%s] %s %s main\n' "$ring" "$mirror" "$suite" >"$dir/etc/sources.list"
	"$tool" -q -o Dir::Etc="$dir/etc" -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
		-o Dir::Etc::trustedparts=/etc/apt/trusted.gpg.d -o Dir::State::lists="$dir/lists" \
		-o Dir::State::status="$dir/status" -o Dir::Cache="$dir" -o Dir::Cache::archives="$dir/archives" \
		-o Acquire::Check-Valid-Until=false -o APT::Sandbox::User=root -o APT::Architecture="$(dpkg --print-architecture)" "$@"
}

# apt_version SUITE PACKAGE: the version that goes into cache keys. Asked of the network once, then remembered,
# so that a warm start needs no network; `softdpu-lab build --fresh` asks again.
apt_version() {
	local suite=$1 package=$2 note=$CACHE/versions/$1.$2 version
	if [[ ! -s $note ]]; then
		apt_updated "$suite" || return 1
		version=$(apt_for "$suite" apt-cache policy "$package" | sed -n 's/^  Candidate: //p')
		[[ -n $version && $version != "(none)" ]] || { say "$suite has no package $package"; return 1; }
		printf '%s\n' "$version" >"$note.tmp.$$" && mv "$note.tmp.$$" "$note"
	fi
	cat "$note"
}

apt_updated() {
	local stamp=$CACHE/apt-$1/updated
	[[ -e $stamp && -n $(find "$stamp" -mmin -60) ]] && return 0
	progress "asking the mirror about $1" apt_for "$1" apt-get update && touch "$stamp"
}

# apt_get_deb SUITE PACKAGE VERSION DIR: download one package into DIR
apt_get_deb() {
	apt_updated "$1" || return 1
	(cd "$4" && apt_for "$1" apt-get download "$2=$3")
}
