// SPDX-License-Identifier: GPL-2.0-only
/* What makes a frame one of TCP that somebody further on has to segment. */
#include <string.h>

#include "gso.h"

#define ETH	14
#define IP	(ETH + 20)

static void put16(u8 *at, u32 value)
{
	at[0] = value >> 8;
	at[1] = value;
}

/* The sum of Internet checksums, not inverted. */
static u32 sum(const u8 *data, u32 len)
{
	u32 total = 0, i;

	for (i = 0; i < len; i += 2)
		total += data[i] << 8 | data[i + 1];
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return total;
}

void gso_write(u8 *head, struct virtio_net_hdr_v1 *hdr, u32 len, u16 segment)
{
	/* addresses of documentation (RFC 5737), the discard port */
	static const u8 ip[20] = { 0x45, 0, 0, 0, 0, 1, 0x40, 0, 64, 6, 0, 0,
				   192, 0, 2, 1, 192, 0, 2, 2 };
	static const u8 tcp[20] = { 0, 9, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 5 << 4, 0x10, 4, 0 };
	u8 pseudo[12] = { 192, 0, 2, 1, 192, 0, 2, 2, 0, 6 };

	put16(head + 12, 0x0800);
	memcpy(head + ETH, ip, sizeof(ip));
	put16(head + ETH + 2, len - ETH);
	put16(head + ETH + 10, ~sum(head + ETH, sizeof(ip)));
	memcpy(head + IP, tcp, sizeof(tcp));
	put16(pseudo + 10, len - IP);
	/* of the pseudo header only: who segments it does the rest */
	put16(head + IP + 16, sum(pseudo, sizeof(pseudo)));

	memset(hdr, 0, sizeof(*hdr));
	hdr->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	hdr->gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
	hdr->gso_size = segment;
	hdr->hdr_len = GSO_HEAD;
	hdr->csum_start = IP;
	hdr->csum_offset = 16;
}
