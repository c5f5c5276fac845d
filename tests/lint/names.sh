# shellcheck shell=bash
# What the documentation names is there: functions, in the file that is given with them; members of structures; constants;
# files. A reader follows a frame through the code with these names in hand.

names_clean='the functions, members, constants and files that the documentation names exist'
names_expect=('no function sdpu_seed_nothing' 'sdpu_vring_pop\(\) is not in sim/tx.c' 'no constant SDPU_SEED'
	'no member sdpu_vq.seed' 'no file sim/seed.c' 'no file seed.h')

names_ready() { :; }

names_takes() { [[ $1 == Documentation/*.rst ]]; }

# names_file NAME: as it is, or below a directory that has a table of its files
names_file() {
	local dir
	for dir in . sim drivers include/softdpu; do
		[[ -e $dir/$1 ]] && return 0
	done
	return 1
}

# names_member STRUCT MEMBER
names_member() {
	cat sim/*.h drivers/*/*.h | awk -v head="struct $1 {" -v member="$2" '
		index($0, head) == 1 { on = 1 }
		on && $0 ~ "[^a-z_]" member "[;:\\[]" { found = 1 }
		/^}/ { on = 0 }
		END { exit !found }'
}

names_code() { grep -rqE "$@" --include='*.[ch]' sim drivers include; }

names_word() {
	local word=$1
	case $word in
	sdpu_*'()') names_code "(^|[^a-z_])${word%??}\(" || echo "no function $word" ;;
	sdpu_*.*) names_member "${word%%.*}" "${word#*.}" || echo "no member $word" ;;
	SDPU_*) names_code -w "${word%%(*}" || echo "no constant $word" ;;
	*[a-z].[ch] | *[a-z].sh) names_file "$word" || echo "no file $word" ;;
	esac
}

names_check() {
	local file word function at text
	for file; do
		text=$(tr -s '\n' ' ' <"$file")
		# shellcheck disable=SC2016  # quotes of reStructuredText
		while IFS= read -r word; do
			names_word "$word" | sed "s|^|$file: |"
		done < <(grep -o '``[^` ]*``' <<<"$text" | tr -d '`' | sort -u)
		# shellcheck disable=SC2016  # ``function()`` (file
		while read -r function at; do
			[[ -e $at ]] && grep -qE "^[a-z].*[^a-z_]$function\(|^$function\(" "$at" ||
				echo "$file: $function() is not in $at"
		done < <(grep -oE '``[a-z_0-9]+\(\)`` \([a-z/_]+\.[ch]' <<<"$text" | tr -d '`()')
	done
}

names_seed() { names_check "$SEEDS/names.rst"; }
