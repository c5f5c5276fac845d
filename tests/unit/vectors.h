/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading the files of tests/vectors: the format is described there. */
#ifndef _UNIT_VECTORS_H
#define _UNIT_VECTORS_H

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VECTOR_MAX	1024u		/* bytes of a message */
#define VECTORS_MAX	256u		/* messages of a file */

struct vector {
	char name[64];
	unsigned int len;
	unsigned char byte[VECTOR_MAX];
	bool used;
};

static struct vector vectors[VECTORS_MAX];
static unsigned int num_vectors;

static void vectors_bad(const char *path, unsigned int line, const char *why)
{
	fprintf(stderr, "%s:%u: %s\n", path, line, why);
	exit(2);
}

/* The bytes of one line, "xx" and "xx*n". */
static void vectors_line(struct vector *v, char *text, const char *path, unsigned int line)
{
	char *word, *end;

	for (word = strtok(text, " \t\n"); word; word = strtok(NULL, " \t\n")) {
		unsigned long byte = strtoul(word, &end, 16), times = 1;

		if (end != word + 2)
			vectors_bad(path, line, "a byte has two digits");
		if (*end == '*')
			times = strtoul(end + 1, &end, 10);
		if (*end || !times || v->len + times > VECTOR_MAX)
			vectors_bad(path, line, "not a byte, or too many of them");
		memset(v->byte + v->len, byte, times);
		v->len += times;
	}
}

static void vectors_read(const char *path)
{
	FILE *file = fopen(path, "r");
	struct vector *v = NULL;
	unsigned int line = 0;
	char text[256];

	if (!file)
		vectors_bad(path, 0, "cannot be read");
	while (fgets(text, sizeof(text), file)) {
		line++;
		text[strcspn(text, "#\n")] = 0;
		if (!text[strspn(text, " \t")])
			continue;
		if (!isspace((unsigned char)text[0])) {
			if (num_vectors == VECTORS_MAX)
				vectors_bad(path, line, "too many messages");
			v = &vectors[num_vectors++];
			if (sscanf(text, "%63s", v->name) != 1)
				vectors_bad(path, line, "no name");
		} else if (v) {
			vectors_line(v, text, path, line);
		} else {
			vectors_bad(path, line, "bytes without a name");
		}
	}
	fclose(file);
}

static struct vector *vector_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < num_vectors; i++)
		if (!strcmp(vectors[i].name, name))
			return &vectors[i];
	fprintf(stderr, "no message %s\n", name);
	exit(2);
}

#endif /* _UNIT_VECTORS_H */
