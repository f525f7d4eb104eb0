/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_V3_H
#define MGATE_V3_H

#include <mgate/message.h>

#define MGATE_V3_HEADER 8	/* of a report, before its group records */
#define MGATE_V3_RECORD 4	/* of a group record, before its group */
#define MGATE_V3_QUERIER 4	/* of a query, behind its group, before its sources */

u32 mgate_v3_decode(u8 code);
u8 mgate_v3_encode(u32 value);
bool mgate_v3_parse_report(const struct mgate_datagram *d, struct mgate_msg *msg);
bool mgate_v3_parse_querier(const u8 *p, size_t len, struct mgate_msg *msg);
bool mgate_v3_is_partial(const struct mgate_msg *msg);
bool mgate_v3_next_record(const struct mgate_msg *msg, u16 *offset, struct mgate_record *rec);
size_t mgate_v3_build_querier(const struct mgate_query *q, u8 *p);
size_t mgate_v3_build_report(const struct mgate_report *r, u8 *p);

#endif
