/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_TEXT_H
#define MGATE_TEXT_H

#include <mgate/addr.h>

/* The longest address as text, with its end. */
#define MGATE_TEXT_ADDR 48

int mgate_text_parse_addr(const char *text, u8 *af, struct mgate_addr *a);
int mgate_text_parse_prefix(char *text, struct mgate_prefix *p);
const char *mgate_text_addr(char *buf, u8 af, const struct mgate_addr *a);

#endif
