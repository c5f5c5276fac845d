# shellcheck shell=bash
# The shape of the tree (Documentation/design.rst): what may see what, and how large a file may be.

seam_clean='drivers/ and sim/ meet in include/ only, versions are compared in include/compat/ only, no file is too long'
seam_expect=('drivers/a.c:2: .*sim/b.h' 'sim/b.c:2: .*drivers/a.h' 'include/softdpu/c.h:2: .*sim/b.h'
	'sim/b.c:3: .*vdpa.h' 'drivers/a.c:3: .*version' 'sim/b.c:6: .*version' 'sim/long.c: 801 lines')

SEAM_LINES=800

seam_ready() { :; }

seam_takes() { [[ $1 == @(drivers|sim|include)/*.[ch] || $1 == *.c ]]; }

# seam_include SIDE FILE LINE HEADER: may FILE include HEADER ("HEADER" or <HEADER>)?
seam_include() {
	local side=$1 file=$2 line=$3 header=$4 path name=${4:1:-1}
	if [[ $header == \"* ]]; then
		path=$(realpath -m --relative-to=. "$(dirname "$file")/$name")
		[[ $path == "$side"/* ]] || echo "$file:$line: $side/ must not include $path"
	# rtnetlink.h is where the RTNL is declared, which a netdev at the wire needs
	elif [[ $side == sim && $name == @(linux/vdpa.h|uapi/linux/vdpa.h|compat/vdpa.h|*netlink*) && $name != linux/rtnetlink.h ]]; then
		echo "$file:$line: sim/ must not know of <$name>"
	fi
}

# Includes of other files of ours; versions of the kernel.
seam_file() {
	local file=$1 side line text
	side=${file%%/*}
	while IFS=: read -r line text; do
		[[ $text =~ \#[[:space:]]*include[[:space:]]*(\"[^\"]*\"|\<[^\>]*\>) ]] &&
			seam_include "$side" "$file" "$line" "${BASH_REMATCH[1]}"
	done < <(grep -nE '^[[:space:]]*#[[:space:]]*include' "$file")
	[[ $file == include/compat/* ]] ||
		grep -nE 'LINUX_VERSION_CODE|KERNEL_VERSION|linux/version\.h' "$file" |
		sed "s|^\([0-9]*\):.*|$file:\1: versions of the kernel are compared in include/compat/ only|"
}

seam_length() {
	local lines
	lines=$(wc -l <"$1")
	((lines <= SEAM_LINES)) || echo "$1: $lines lines, at most $SEAM_LINES"
}

seam_check() {
	local file
	for file; do
		[[ $file == @(drivers|sim|include)/* ]] && seam_file "$file"
		[[ $file == *.c ]] && seam_length "$file"
	done
	true
}

# a little tree of its own
seam_seed() (
	cd "$SEEDS/seam" || exit 1
	# 801 lines need not be in the repository
	cp -r . "$WORK/seam" && cd "$WORK/seam" || exit 1
	seq 801 | sed 's|.*|/* & */|' >sim/long.c
	find . -name '*.[ch]' -printf '%P\n' | { mapfile -t files; seam_check "${files[@]}"; }
)
