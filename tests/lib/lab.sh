# shellcheck shell=bash
# The labs' own functions, for what is tested outside of them: the cache, packages.

# lab_do COMMAND…: run COMMAND of tools/lab/, in the root of the checkout, with the cache that the labs use
lab_do() (
	LAB=$PWD/tools/lab
	for part in say cache apt tree uml; do
		# shellcheck source=/dev/null
		. "$LAB/$part.sh"
	done
	cache_init
	"$@"
)
