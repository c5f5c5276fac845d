/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SDPU_SIM_CARD_H
#define _SDPU_SIM_CARD_H

#include <linux/types.h>

struct sdpu_card;
struct sdpu_function;
struct sdpu_rates;
struct sdpu_rules;
struct sdpu_switch;
struct sdpu_wire;
struct sdpu_xport;
struct workqueue_struct;

struct sdpu_card *sdpu_card_create(unsigned int id, unsigned int total_vfs,
				   unsigned int initial_vfs);
void sdpu_card_destroy(struct sdpu_card *card);
unsigned int sdpu_card_total_vfs(const struct sdpu_card *card);
const char *sdpu_card_pci_name(const struct sdpu_card *card);

unsigned int sdpu_card_id(const struct sdpu_card *card);
unsigned int sdpu_card_initial_vfs(const struct sdpu_card *card);
unsigned int sdpu_card_poll_usecs(const struct sdpu_card *card);
int sdpu_card_set_poll(struct sdpu_card *card, unsigned int usecs);
unsigned int sdpu_card_vf_poll_usecs(const struct sdpu_card *card, unsigned int vf);
int sdpu_card_set_vf_poll(struct sdpu_card *card, unsigned int vf, unsigned int usecs);
struct sdpu_function *sdpu_card_function(const struct sdpu_card *card, unsigned int fn);
struct sdpu_switch *sdpu_card_switch(struct sdpu_card *card);
struct workqueue_struct *sdpu_card_wq(const struct sdpu_card *card);
struct sdpu_wire *sdpu_card_wire(struct sdpu_card *card);
struct sdpu_rules *sdpu_card_rules(struct sdpu_card *card);
struct sdpu_rates *sdpu_card_rates(struct sdpu_card *card);
void sdpu_card_forget_vfs(struct sdpu_card *card);
bool sdpu_card_switchdev(const struct sdpu_card *card);
void sdpu_card_set_switchdev(struct sdpu_card *card, bool on);
void sdpu_card_mac(const struct sdpu_card *card, unsigned int fn, u8 *mac);

/* what the PCI face asks of the card */
struct sdpu_xport *sdpu_card_xport(struct sdpu_card *card, unsigned int fn);
void sdpu_card_function_reset(struct sdpu_card *card, unsigned int fn);

#endif /* _SDPU_SIM_CARD_H */
