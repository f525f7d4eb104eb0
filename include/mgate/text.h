/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_TEXT_H
#define MGATE_TEXT_H

#include <mgate/context.h>
#include <mgate/family.h>
#include <mgate/news.h>
#include <mgate/params.h>

/* Room for "… N more\n" at the end of a page of sysfs. */
#define MGATE_TEXT_MORE 32
/* The longest address as text, with its end. */
#define MGATE_TEXT_ADDR 48
/* The longest value of a tunable, with its end. */
#define MGATE_TEXT_VALUE 32

int mgate_text_parse_addr(const char *text, u8 *af, struct mgate_addr *a);
int mgate_text_parse_prefix(char *text, struct mgate_prefix *p);
const char *mgate_text_family(u8 af);
const char *mgate_text_addr(char *buf, u8 af, const struct mgate_addr *a);
const char *mgate_text_by(u8 by);
const char *mgate_text_querier(u8 state);
const char *mgate_text_convergence(const struct mgate_context *ctx);
const char *mgate_text_ending(const struct mgate_event *e);
char *mgate_text_word(char **rest);
int mgate_text_parse_sign(char **rest, bool *add);
int mgate_text_parse_value(const struct mgate_param_info *info, const char *text, u32 *value);
const char *mgate_text_value(char *buf, const struct mgate_param_info *info, u32 value);

#endif
