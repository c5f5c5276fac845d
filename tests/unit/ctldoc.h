/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The example of Documentation/control-path.rst, played against the control
 * processor (sim/ctl.c), and its page table walked as the specification says:
 * the bytes in the document are the bytes on the wire.
 */
#ifndef _UNIT_CTLDOC_H
#define _UNIT_CTLDOC_H

#include "ctlcard.h"
#include "tap.h"

#define DOC	UNIT_TOP "/Documentation/control-path.rst"

/* Tables of the example: four pages from the top level down. */
#define DOC_TABLES	0x12345000ull
#define DOC_TABLES_END	0x12349000ull

static u8 doc_tables[DOC_TABLES_END - DOC_TABLES];

/* What the example says that the card says of itself. */
static void doc_identify(void *priv, struct sdpu_ctrl_identify *out)
{
	*out = (struct sdpu_ctrl_identify){
		.features = cpu_to_le64(0x330de3baf),
		.mac = { 0x52, 0x44, 0x50, 0x55, 0x00, 0x01 },
		.max_vqp = cpu_to_le16(64),
		.max_queue_size = cpu_to_le32(32768),
		.num_groups = cpu_to_le16(3),
		.num_as = cpu_to_le16(3),
		.mtu_min = cpu_to_le16(68),
		.mtu_max = cpu_to_le16(9216),
		.default_features = cpu_to_le64(0x320de3baf),
	};
}

enum doc_block { NOTHING, COMMAND, COMPLETION, EVENT };

static struct {
	enum doc_block in;
	u8 bytes[64];
	unsigned int commands, completions, stores;
} doc;

/* Bytes in hex, after @text. Return: whether there are @n of them. */
static bool doc_bytes(const char *text, u8 *to, unsigned int n)
{
	unsigned int value;
	int len;

	for (; n; n--, text += len, *to++ = value)
		if (sscanf(text, " %2x%n", &value, &len) != 1 || len != 3)
			return false;
	return true;
}

/* A block of the example is over. */
static void doc_end(void)
{
	switch (doc.in) {
	case COMMAND:
		memcpy(card.cmd, doc.bytes, sizeof(doc.bytes));
		execute();
		/* the processor leaves the phase to the queue: this is the first lap */
		card.cqe[8] = 1;
		memset(card.cqe + 9, 0, 3);
		doc.commands++;
		break;
	case COMPLETION:
		doc.completions++;
		if (!tap_ok(!memcmp(card.cqe, doc.bytes, sizeof(doc.bytes)),
			    "completion %u (opcode 0x%02x%02x) is the one in the example",
			    doc.completions, doc.bytes[1], doc.bytes[0]))
			printf("#   status %u, %u bytes\n", card.cqe[4], card.cqe[6]);
		break;
	case EVENT:
	case NOTHING:
		break;
	}
	doc.in = NOTHING;
	memset(doc.bytes, 0, sizeof(doc.bytes));
}

/* One line of the file; those that are no part of a block end it. */
static void doc_line(const char *text)
{
	unsigned long long at;
	unsigned int offset;
	u8 entry[8];

	if (sscanf(text, "   %2x:", &offset) == 1 && text[5] == ':') {
		if (doc.in == NOTHING || offset > 0x30 ||
		    !doc_bytes(text + 6, doc.bytes + offset, 16))
			tap_ok(false, "the example is well-formed: %s", text);
		return;
	}
	doc_end();
	if (!strcmp(text, "   command\n")) {
		doc.in = COMMAND;
	} else if (!strcmp(text, "   completion\n")) {
		doc.in = COMPLETION;
	} else if (!strcmp(text, "   event\n")) {
		doc.in = EVENT;
	} else if (sscanf(text, "   0x%llx ", &at) == 1 && at >= DOC_TABLES &&
		   at <= DOC_TABLES_END - 8 && doc_bytes(text + 14, entry, 8)) {
		memcpy(doc_tables + (at - DOC_TABLES), entry, 8);
		doc.stores++;
	}
}

/* Where an address leads to, if the card may read and write there; else 0. */
static u64 doc_walk(u64 iova)
{
	u64 table = DOC_TABLES, entry;
	unsigned int level, i;

	for (level = 4; level--; table = entry & 0xffffffffff000ull) {
		if (table < DOC_TABLES || table >= DOC_TABLES_END)
			return 0;
		i = iova >> (12 + 9 * level) & 511;
		entry = get(doc_tables + (table - DOC_TABLES) + 8 * i, 8);
		/* VALID; and LEAF at the bottom, only there */
		if ((entry & 9) != (level ? 1 : 9))
			return 0;
	}
	return (entry & 6) == 6 ? table : 0;
}

static void doc_play(FILE *file)
{
	bool example = false;
	char text[256];

	while (fgets(text, sizeof(text), file)) {
		example |= !strcmp(text, "Example\n");
		if (example)
			doc_line(text);
	}
	doc_end();
}

static void test_doc(void)
{
	struct sdpu_ctl_hooks doc_hooks = hooks[VF];
	FILE *file = fopen(DOC, "r");

	card_new(VF);
	doc_hooks.identify = doc_identify;
	card.ctl.hooks = &doc_hooks;
	card.ctl.max_vqp = 64;
	if (file) {
		doc_play(file);
		fclose(file);
	}
	tap_ok(doc.commands == 8 && doc.completions == 8 && doc.stores == 6,
	       "the example has 8 commands, 8 completions and 6 stores");
	tap_ok(card.ctl.state == SDPU_CTL_RUN && card.ctl.status == 15 &&
	       test_bit(0, card.ctl.queue_exists), "the device of the example runs");
	tap_ok(doc_walk(0x7f0000201000) == 0x55667000 && doc_walk(0x7f0000202000) == 0x77889000 &&
	       doc_walk(0x7f0000203000) == 0x66778000,
	       "the stores of the example map its three pages");
	tap_ok(!doc_walk(0x7f0000200000) && !doc_walk(0x7f0000204000) && !doc_walk(0x201000),
	       "and nothing around them");
}

#endif /* _UNIT_CTLDOC_H */
