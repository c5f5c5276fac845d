// SPDX-License-Identifier: GPL-2.0-only
/* A network port seen from its driver: from open to close. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "port.h"

#define ALWAYS	(BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_ACCESS_PLATFORM))
#define BACKEND	(BIT(VHOST_BACKEND_F_IOTLB_MSG_V2) | BIT(VHOST_BACKEND_F_IOTLB_BATCH) |	\
		 BIT(VHOST_BACKEND_F_IOTLB_ASID) | BIT(VHOST_BACKEND_F_SUSPEND) |		\
		 BIT(VHOST_BACKEND_F_RESUME) | BIT(VHOST_BACKEND_F_ENABLE_AFTER_DRIVER_OK) |	\
		 BIT(VHOST_BACKEND_F_DESC_ASID) | BIT(VHOST_BACKEND_F_IOTLB_PERSIST))

bool port_called(int fd, int ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	u64 count;

	if (poll(&pfd, 1, ms) <= 0)
		return false;
	return read(fd, &count, sizeof(count)) == sizeof(count);
}

static bool has_ctrl(const struct port *p)
{
	return p->features & BIT(VIRTIO_NET_F_CTRL_VQ) && !p->pair;
}

static int make_eventfds(struct port *p)
{
	unsigned int i;

	for (i = 0; i < PORT_RINGS; i++) {
		p->kick[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (p->kick[i] < 0)
			return -errno;
		if (!p->attrs.calls)
			continue;
		p->call[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (p->call[i] < 0)
			return -errno;
	}
	if (p->attrs.calls) {
		p->config_call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (p->config_call < 0)
			return -errno;
	}
	return 0;
}

static void start_closed(struct port *p, const struct port_attrs *attrs)
{
	unsigned int i;

	memset(p, 0, sizeof(*p));
	p->attrs = *attrs;
	p->dev.fd = -1;
	p->config_call = -1;
	for (i = 0; i < PORT_RINGS; i++) {
		p->kick[i] = -1;
		p->call[i] = -1;
	}
}

int port_open(struct port *p, const char *path, const struct port_attrs *attrs)
{
	int err, max;

	start_closed(p, attrs);
	err = vdpa_open(&p->dev, path);
	if (err)
		return err;
	err = vdpa_own(&p->dev, BACKEND);
	if (!err)
		err = make_eventfds(p);
	if (err)
		goto close;
	max = vdpa_max_vring(&p->dev);
	p->num_vqs = vdpa_num_vqs(&p->dev);
	if (max < 0 || p->num_vqs < 0) {
		err = max < 0 ? max : p->num_vqs;
		goto close;
	}
	if (p->attrs.ring_size > (unsigned int)max)
		p->attrs.ring_size = max;
	err = vdpa_get_config(&p->dev, 0, p->mac, sizeof(p->mac));
	if (!err)
		return 0;
close:
	port_close(p);
	return err;
}

int port_open_vhost_net(struct port *p, const char *bridge, const char *tap,
			const struct port_attrs *attrs)
{
	/* locally administered, told apart by the last letter of the tap's name */
	const u8 mac[6] = { 0x02, 0x53, 0x44, 0x50, 0x55, tap[strlen(tap) - 1] };
	int err;

	start_closed(p, attrs);
	p->vhost_net = true;
	err = vhostnet_open(&p->vn, bridge, tap, attrs->features & BIT(VIRTIO_NET_F_GUEST_TSO4));
	if (err)
		return err;
	memcpy(p->mac, mac, sizeof(mac));
	p->num_vqs = 2;
	err = make_eventfds(p);
	if (err)
		port_close(p);
	return err;
}

static u32 ctrl_index(const struct port *p)
{
	/* virtio 1.3, 5.1.2: after the last pair of those that are negotiated */
	return p->features & (BIT(VIRTIO_NET_F_MQ) | BIT(VIRTIO_NET_F_RSS)) ? p->num_vqs - 1 : 2;
}

int port_negotiate(struct port *p)
{
	u64 offered;
	int err;

	if (p->vhost_net) {
		err = vhostnet_features(&p->vn, &offered);
		if (err)
			return err;
		p->features = offered & (p->attrs.features | BIT(VIRTIO_F_VERSION_1)) &
			      ~(BIT(VIRTIO_F_ACCESS_PLATFORM) | BIT(VHOST_NET_F_VIRTIO_NET_HDR) |
				BIT(VIRTIO_NET_F_CTRL_VQ));
		return vhostnet_set_features(&p->vn, p->features);
	}

	err = vdpa_get_features(&p->dev, &offered);
	if (err)
		return err;
	p->features = offered & (p->attrs.features | ALWAYS);
	err = vdpa_add_status(&p->dev, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	if (!err)
		err = vdpa_add_status(&p->dev, VIRTIO_CONFIG_S_DRIVER);
	if (!err)
		err = vdpa_set_features(&p->dev, p->features);
	if (!err)
		err = vdpa_add_status(&p->dev, VIRTIO_CONFIG_S_FEATURES_OK);
	if (err)
		return err;
	err = vdpa_get_status(&p->dev);
	if (err < 0)
		return err;
	p->ctrl_index = ctrl_index(p);
	return err & VIRTIO_CONFIG_S_FEATURES_OK ? 0 : -ENOTSUP;
}

/* Small buffers: two a page and not all in the same cache sets. Else whole pages. */
static u32 slot_size(u32 need)
{
	return need <= 1600 ? 2048 : (need + MEM_PAGE - 1) & ~(u32)(MEM_PAGE - 1);
}

static int make_memory(struct port *p)
{
	unsigned int num = p->attrs.ring_size, i;
	bool table = p->attrs.layout == PORT_INDIRECT &&
		     p->features & BIT(VIRTIO_RING_F_INDIRECT_DESC);
	bool packed = p->features & BIT(VIRTIO_F_RING_PACKED);
	bool event_idx = p->features & BIT(VIRTIO_RING_F_EVENT_IDX);
	u32 need = p->attrs.frame_max + PORT_HDR;
	u64 at = p->pair * PORT_IOVA_PAIR;
	int err;

	if (p->attrs.buf_size < need && !(p->features & BIT(VIRTIO_NET_F_MRG_RXBUF)))
		p->attrs.buf_size = 0;
	if (!p->attrs.buf_size)
		p->attrs.buf_size = need;
	p->slot = slot_size(need > p->attrs.buf_size ? need : p->attrs.buf_size);

	err = mem_alloc(&p->rings, PORT_RINGS * ring_bytes(num, table) + 2 * MEM_PAGE,
			PORT_IOVA_RINGS + at);
	if (!err)
		err = mem_alloc(&p->rx_mem, (size_t)num * p->slot, PORT_IOVA_RX + at);
	if (!err)
		err = mem_alloc(&p->tx_mem, (size_t)num * p->slot, PORT_IOVA_TX + at);
	for (i = 0; i < PORT_RINGS && !err; i++)
		err = ring_init(&p->ring[i], &p->rings, num, packed, event_idx,
				table && i == PORT_TX);
	if (err)
		return err;
	p->command = mem_take(&p->rings, MEM_PAGE, MEM_PAGE);
	p->tx_free = calloc(num, sizeof(*p->tx_free));
	return p->command && p->tx_free ? 0 : -ENOMEM;
}

int port_map(struct port *p)
{
	struct mem *mem[] = { &p->rings, &p->rx_mem, &p->tx_mem };
	unsigned int i;
	int err = 0;

	if (p->vhost_net)
		return vhostnet_map(&p->vn, mem, 3);
	if (p->dev.backend & BIT(VHOST_BACKEND_F_IOTLB_BATCH))
		err = vdpa_batch(&p->dev, 0, true);
	for (i = 0; i < 3 && !err; i++)
		err = vdpa_map(&p->dev, 0, mem[i]->iova, mem[i]->len, mem[i]->va, VHOST_ACCESS_RW);
	if (!err && p->dev.backend & BIT(VHOST_BACKEND_F_IOTLB_BATCH))
		err = vdpa_batch(&p->dev, 0, false);
	return err;
}

int port_vring(struct port *p, unsigned int ring, u32 base)
{
	struct ring *r = &p->ring[ring];
	u32 vq = port_vq(p, ring);
	int err;

	if (p->vhost_net)
		return vhostnet_vring(&p->vn, vq, r, p->kick[ring], p->call[ring]);
	err = vdpa_vring_num(&p->dev, vq, r->num);
	if (!err)
		err = vdpa_set_base(&p->dev, vq, base);
	if (!err)
		err = vdpa_vring_addr(&p->dev, vq, mem_iova(&p->rings, r->desc),
				      mem_iova(&p->rings, r->avail), mem_iova(&p->rings, r->used));
	if (!err)
		err = vdpa_vring_kick(&p->dev, vq, p->kick[ring]);
	if (!err && p->call[ring] >= 0)
		err = vdpa_vring_call(&p->dev, vq, p->call[ring]);
	return err;
}

static int setup_rings(struct port *p)
{
	unsigned int i;
	int err;

	for (i = 0; i < PORT_RINGS; i++) {
		if (i == PORT_CTRL && !has_ctrl(p))
			continue;
		ring_clear(&p->ring[i], 0);
		err = port_vring(p, i, ring_base(&p->ring[i], 0));
		if (err)
			return err;
		ring_calls_off(&p->ring[i]);
	}
	p->tx_num_free = 0;
	for (i = p->attrs.ring_size; i > 0; i--)
		p->tx_free[p->tx_num_free++] = i - 1;
	return 0;
}

int port_setup(struct port *p)
{
	int err = 0;

	if (!p->rings.va) {
		err = make_memory(p);
		if (!err)
			err = port_map(p);
	}
	if (!err && p->config_call >= 0 && !p->vhost_net)
		err = vdpa_config_call(&p->dev, p->config_call);
	return err ? err : setup_rings(p);
}

int port_start(struct port *p)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < PORT_RINGS && !err; i++) {
		if (i == PORT_CTRL && !has_ctrl(p))
			continue;
		err = p->vhost_net ? vhostnet_start(&p->vn, i) :
				     vdpa_vring_enable(&p->dev, port_vq(p, i), 1);
	}
	if (!err && !p->vhost_net && !p->pair)
		err = vdpa_add_status(&p->dev, VIRTIO_CONFIG_S_DRIVER_OK);
	if (!err && !p->attrs.bare)
		err = port_post(p);
	if (!err)
		port_flush(p);
	return err;
}

int port_begin(struct port *p)
{
	int err = port_negotiate(p);

	if (!err)
		err = port_setup(p);
	return err ?: port_start(p);
}

int port_up(struct port *p, const char *path, const struct port_attrs *attrs)
{
	int err;

	err = port_open(p, path, attrs);
	if (err)
		return err;
	err = port_begin(p);
	if (err)
		port_close(p);
	return err;
}

int port_more(struct port *p, const struct port *first, u32 pair)
{
	int err;

	start_closed(p, &first->attrs);
	p->dev = first->dev;
	p->features = first->features;
	p->num_vqs = first->num_vqs;
	p->ctrl_index = first->ctrl_index;
	p->pair = pair;
	memcpy(p->mac, first->mac, sizeof(p->mac));
	err = make_eventfds(p);
	if (err)
		port_close(p);
	return err;
}

int port_reset(struct port *p)
{
	unsigned int i;
	int err = vdpa_set_status(&p->dev, 0);

	for (i = 0; i < PORT_RINGS && p->rings.va; i++)
		ring_clear(&p->ring[i], 0);
	if (p->config_call >= 0)
		port_called(p->config_call, 0);
	return err;
}

int port_restart(struct port *p)
{
	int err = port_reset(p);

	return err ?: port_begin(p);
}

void port_close(struct port *p)
{
	unsigned int i;

	if (p->vhost_net)
		vhostnet_close(&p->vn);
	else if (!p->pair)
		vdpa_close(&p->dev);
	for (i = 0; i < PORT_RINGS; i++) {
		if (p->kick[i] >= 0)
			close(p->kick[i]);
		if (p->call[i] >= 0)
			close(p->call[i]);
		ring_free(&p->ring[i]);
	}
	if (p->config_call >= 0)
		close(p->config_call);
	mem_free(&p->rings);
	mem_free(&p->rx_mem);
	mem_free(&p->tx_mem);
	free(p->tx_free);
	p->tx_free = NULL;
}
