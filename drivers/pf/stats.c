// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters of the PF's netdev: ours, of each queue, and the card's, of the port.
 *
 * ndo_get_stats64 may not sleep, so it takes the card's counters from a copy,
 * and has a work item refresh that when it is older than a second: whoever
 * looks twice sees what the card has dropped, whoever does not look costs
 * nothing. ethtool -S asks the card.
 */
#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <linux/percpu.h>

#include "netdev.h"

#define SDPU_STATS_MAX_AGE	HZ

static void sdpu_stats_work(struct work_struct *work)
{
	struct sdpu_netdev *nd = container_of(work, struct sdpu_netdev, port.work);
	u64 counters[SDPU_NUM_PORT_STATS];

	sdpu_stats_port(nd, counters);
}

/**
 * sdpu_stats_port - counters of the port, as of now
 * @nd: the netdev
 * @counters: SDPU_NUM_PORT_STATS of them
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int sdpu_stats_port(struct sdpu_netdev *nd, u64 *counters)
{
	unsigned int i;
	int ret;

	ret = sdpu_cmd_port_stats(nd->ctrl, 0, counters);
	if (ret)
		return ret;

	for (i = 0; i < SDPU_NUM_PORT_STATS; i++)
		WRITE_ONCE(nd->port.counters[i], counters[i]);

	return 0;
}

/**
 * sdpu_stats_queue - counters of a queue, summed over all CPUs
 * @nd: the netdev
 * @queue: which one
 * @sum: to fill in
 *
 * Context: any.
 */
void sdpu_stats_queue(struct sdpu_netdev *nd, unsigned int queue,
		      struct sdpu_queue_counters *sum)
{
	u64 values[SDPU_NUM_QUEUE_COUNTERS];
	u64 *total = (u64 *)sum;
	unsigned int start, i;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct sdpu_cpu_queue *q = per_cpu_ptr(nd->cpu_queues, cpu) + queue;

		do {
			start = u64_stats_fetch_begin(&q->sync);
			for (i = 0; i < SDPU_NUM_QUEUE_COUNTERS; i++)
				values[i] = u64_stats_read(&q->counters[i]);
		} while (u64_stats_fetch_retry(&q->sync, start));
		for (i = 0; i < SDPU_NUM_QUEUE_COUNTERS; i++)
			total[i] += values[i];
	}
}

static void sdpu_stats_refresh(struct sdpu_netdev *nd)
{
	unsigned long asked = READ_ONCE(nd->port.asked);

	if (time_before(jiffies, asked + SDPU_STATS_MAX_AGE))
		return;
	WRITE_ONCE(nd->port.asked, jiffies);
	/* a no-op after sdpu_stats_stop() */
	schedule_work(&nd->port.work);
}

static u64 sdpu_stats_cached(struct sdpu_netdev *nd, unsigned int counter)
{
	return READ_ONCE(nd->port.counters[counter]);
}

/**
 * sdpu_stats_get64 - ndo_get_stats64
 * @dev: the netdev
 * @stats: to fill in
 *
 * Context: any.
 */
void sdpu_stats_get64(struct net_device *dev, struct rtnl_link_stats64 *stats)
{
	struct sdpu_netdev *nd = netdev_priv(dev);
	struct sdpu_queue_counters sum;
	unsigned int i;

	for (i = 0; i < nd->num_queues; i++) {
		sdpu_stats_queue(nd, i, &sum);
		stats->rx_packets += sum.rx_packets;
		stats->rx_bytes += sum.rx_bytes;
		stats->rx_length_errors += sum.rx_dropped;
		stats->tx_packets += sum.tx_packets;
		stats->tx_bytes += sum.tx_bytes;
	}
	stats->rx_errors = stats->rx_length_errors;

	sdpu_stats_refresh(nd);
	stats->multicast = sdpu_stats_cached(nd, SDPU_PORT_COUNTER(multicast));
	stats->rx_dropped = sdpu_stats_cached(nd, SDPU_PORT_COUNTER(rx_drop_no_buffer)) +
			    sdpu_stats_cached(nd, SDPU_PORT_COUNTER(rx_drop_down));
	stats->tx_dropped = sdpu_stats_cached(nd, SDPU_PORT_COUNTER(tx_drop_bad)) +
			    sdpu_stats_cached(nd, SDPU_PORT_COUNTER(tx_drop_no_port));
}

/**
 * sdpu_stats_create - before the netdev is registered
 * @nd: the netdev
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int sdpu_stats_create(struct sdpu_netdev *nd)
{
	unsigned int i;
	int cpu;

	INIT_WORK(&nd->port.work, sdpu_stats_work);
	nd->port.asked = jiffies - SDPU_STATS_MAX_AGE;
	nd->cpu_queues = __alloc_percpu(array_size(nd->num_queues, sizeof(*nd->cpu_queues)),
					__alignof__(*nd->cpu_queues));
	if (!nd->cpu_queues)
		return -ENOMEM;

	for_each_possible_cpu(cpu) {
		for (i = 0; i < nd->num_queues; i++)
			u64_stats_init(&per_cpu_ptr(nd->cpu_queues, cpu)[i].sync);
	}

	return 0;
}

/**
 * sdpu_stats_stop - ask the card no more
 * @nd: the netdev
 *
 * Context: may sleep.
 */
void sdpu_stats_stop(struct sdpu_netdev *nd)
{
	disable_work_sync(&nd->port.work);
}

/**
 * sdpu_stats_free - when nothing is counted any more
 * @nd: the netdev
 *
 * Context: may sleep.
 */
void sdpu_stats_free(struct sdpu_netdev *nd)
{
	free_percpu(nd->cpu_queues);
}
