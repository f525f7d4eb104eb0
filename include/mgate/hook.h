/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_HOOK_H
#define MGATE_HOOK_H

struct net;

int mgate_hook_init(void);
void mgate_hook_exit(void);
int mgate_hook_on(struct net *net);

#endif
