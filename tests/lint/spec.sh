# shellcheck shell=bash
# Registers, opcodes, status codes, events and reasons have the numbers in Documentation/control-path.rst that they have
# in include/softdpu/ctrl.h, and are all there.

spec_clean='the control path header and its specification have the same numbers'
spec_expect=('SDPU_OP_IDENTIFY' 'SDPU_ST_STATE' 'SDPU_REG_MAGIC' 'SDPU_EV_SEED' 'SDPU_BROKEN_HEAD')

SPEC=Documentation/control-path.rst

spec_ready() { :; }

spec_takes() { [[ $1 == include/softdpu/ctrl.h ]]; }

# spec_row KIND NAME NUMBER: how the row of a table begins, or ends
spec_row() {
	case $1 in
	REG) printf '^0x%03x +%s +' "$3" "$2" ;;
	OP) printf '^0x%04x +%s +' "$3" "$2" ;;
	BROKEN) printf '^%s +.* %d$' "$2" "$3" ;;
	*) printf '^%d +%s( |$)' "$3" "$2" ;;
	esac
}

spec_check() {
	local kind name number
	while read -r kind name number; do
		grep -qE "$(spec_row "$kind" "$name" "$number")" "$SPEC" ||
			echo "$1: SDPU_${kind}_$name is not $number in $SPEC"
	done < <(sed -nE '/SDPU_REG_END/d
		s/^#define SDPU_(REG|OP|ST|EV|FAIL|BROKEN)_([A-Z_]+)[[:space:]]+(0x[0-9a-f]+|[0-9]+)([[:space:]].*)?$/\1 \2 \3/p' "$1")
}

spec_seed() { spec_check "$SEEDS/spec.h"; }
