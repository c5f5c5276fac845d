// SPDX-License-Identifier: GPL-2.0-only
/* Documentation/features.rst says of every bit what the card does with it. */
#include "../../sim/features.h"
#include "tap.h"

#define BITS	64

/* The row of a table: bit, name, offer. */
static bool row(const char *line, unsigned int *bit, char *name, char *offer)
{
	return sscanf(line, "%u %31s %15s", bit, name, offer) == 3 && *bit < BITS;
}

static bool is_right(unsigned int bit, const char *offer)
{
	bool by_default = SDPU_FEATURES_DEFAULT >> bit & 1;
	bool available = SDPU_FEATURES_AVAILABLE >> bit & 1;

	if (!strcmp(offer, "default") || !strcmp(offer, "required") || !strcmp(offer, "with"))
		return by_default && available;
	if (!strcmp(offer, "available"))
		return available && !by_default;
	return !strcmp(offer, "refused") && !available;
}

int main(void)
{
	char line[256], name[32], offer[16];
	u64 seen = 0, twice = 0;
	unsigned int bit;
	bool good = true;
	FILE *doc;

	doc = fopen(UNIT_TOP "/Documentation/features.rst", "r");
	tap_ok(doc, "there is a table of features");
	while (doc && fgets(line, sizeof(line), doc)) {
		if (!row(line, &bit, name, offer))
			continue;
		twice |= seen & BIT_ULL(bit);
		seen |= BIT_ULL(bit);
		if (!is_right(bit, offer)) {
			printf("#   %s (%u) is not %s\n", name, bit, offer);
			good = false;
		}
	}
	if (doc)
		fclose(doc);
	tap_ok(good, "what it says of each bit is so");
	tap_ok(!(SDPU_FEATURES_AVAILABLE & ~seen), "no bit that can be offered is missing");
	tap_ok(!twice, "none is there twice");
	return tap_done();
}
