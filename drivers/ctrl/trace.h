/* SPDX-License-Identifier: GPL-2.0-only */
/* Trace events of the control path: softdpu:sdpu_cmd, _completion, _event. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM softdpu

#if !defined(_SDPU_DRV_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _SDPU_DRV_TRACE_H

#include <linux/ktime.h>
#include <linux/tracepoint.h>
#include <linux/unaligned.h>

#include "internal.h"

#define sdpu_trace_opcode(op)						\
	__print_symbolic(op,						\
		{ SDPU_OP_IDENTIFY,		"IDENTIFY" },		\
		{ SDPU_OP_STATS,		"STATS" },		\
		{ SDPU_OP_DEV_CREATE,		"DEV_CREATE" },		\
		{ SDPU_OP_DEV_DESTROY,		"DEV_DESTROY" },	\
		{ SDPU_OP_DEV_SET,		"DEV_SET" },		\
		{ SDPU_OP_FEATURES_SET,		"FEATURES_SET" },	\
		{ SDPU_OP_STATUS_SET,		"STATUS_SET" },		\
		{ SDPU_OP_SUSPEND,		"SUSPEND" },		\
		{ SDPU_OP_RESUME,		"RESUME" },		\
		{ SDPU_OP_QUEUE_CREATE,		"QUEUE_CREATE" },	\
		{ SDPU_OP_QUEUE_DESTROY,	"QUEUE_DESTROY" },	\
		{ SDPU_OP_QUEUE_ENABLE,		"QUEUE_ENABLE" },	\
		{ SDPU_OP_QUEUE_QUERY,		"QUEUE_QUERY" },	\
		{ SDPU_OP_AS_SET,		"AS_SET" },		\
		{ SDPU_OP_AS_INVALIDATE,	"AS_INVALIDATE" },	\
		{ SDPU_OP_GROUP_SET,		"GROUP_SET" },		\
		{ SDPU_OP_PORT_SET,		"PORT_SET" },		\
		{ SDPU_OP_PORT_FILTER,		"PORT_FILTER" },	\
		{ SDPU_OP_VF_LINK,		"VF_LINK" },		\
		{ SDPU_OP_ESWITCH,		"ESWITCH" },		\
		{ SDPU_OP_VF_MAC,		"VF_MAC" },		\
		{ SDPU_OP_VF_RATE,		"VF_RATE" },		\
		{ SDPU_OP_GROUP_RATE,		"GROUP_RATE" },		\
		{ SDPU_OP_VF_POLICY,		"VF_POLICY" },		\
		{ SDPU_OP_RULE_ADD,		"RULE_ADD" },		\
		{ SDPU_OP_RULE_DEL,		"RULE_DEL" },		\
		{ SDPU_OP_RULE_STATS,		"RULE_STATS" })

#define sdpu_trace_status(st)						\
	__print_symbolic(st,						\
		{ SDPU_ST_OK,			"OK" },			\
		{ SDPU_ST_OPCODE,		"OPCODE" },		\
		{ SDPU_ST_VERSION,		"VERSION" },		\
		{ SDPU_ST_LENGTH,		"LENGTH" },		\
		{ SDPU_ST_RESERVED,		"RESERVED" },		\
		{ SDPU_ST_STATE,		"STATE" },		\
		{ SDPU_ST_INDEX,		"INDEX" },		\
		{ SDPU_ST_PARAM,		"PARAM" },		\
		{ SDPU_ST_FEATURES,		"FEATURES" },		\
		{ SDPU_ST_EXISTS,		"EXISTS" },		\
		{ SDPU_ST_BUSY,			"BUSY" },		\
		{ SDPU_ST_NO_MEMORY,		"NO_MEMORY" },		\
		{ SDPU_ST_ADDRESS,		"ADDRESS" },		\
		{ SDPU_ST_MAC_IN_USE,		"MAC_IN_USE" },		\
		{ SDPU_ST_INTERNAL,		"INTERNAL" })

#define sdpu_trace_event(ev)						\
	__print_symbolic(ev,						\
		{ SDPU_EV_CONFIG,		"CONFIG" },		\
		{ SDPU_EV_LINK,			"LINK" },		\
		{ SDPU_EV_NEEDS_RESET,		"NEEDS_RESET" },	\
		{ SDPU_EV_OVERFLOW,		"OVERFLOW" })

TRACE_EVENT(sdpu_cmd,
	TP_PROTO(struct sdpu_ctrl *ctrl, const struct sdpu_req *req, u16 tag),
	TP_ARGS(ctrl, req, tag),
	TP_STRUCT__entry(
		__string(device, pci_name(ctrl->pdev))
		__field(u16, function)
		__field(u16, tag)
		__field(u16, opcode)
		__field(u16, len)
		__field(u64, in0)
		__field(u64, in1)
		__field(u64, in2)
	),
	TP_fast_assign(
		__assign_str(device);
		__entry->function = ctrl->identity.number;
		__entry->tag = tag;
		__entry->opcode = req->opcode;
		__entry->len = req->in_len;
		__entry->in0 = get_unaligned_le64(req->in);
		__entry->in1 = get_unaligned_le64(req->in + 8);
		__entry->in2 = get_unaligned_le64(req->in + 16);
	),
	TP_printk("%s function=%u tag=%#06x %s len=%u in=%016llx %016llx %016llx",
		  __get_str(device), __entry->function, __entry->tag,
		  sdpu_trace_opcode(__entry->opcode), __entry->len,
		  __entry->in0, __entry->in1, __entry->in2)
);

TRACE_EVENT(sdpu_completion,
	TP_PROTO(struct sdpu_ctrl *ctrl, const struct sdpu_req *req,
		 const struct sdpu_ctrl_cqe *cqe),
	TP_ARGS(ctrl, req, cqe),
	TP_STRUCT__entry(
		__string(device, pci_name(ctrl->pdev))
		__field(u16, function)
		__field(u16, tag)
		__field(u16, opcode)
		__field(u16, status)
		__field(u16, len)
		__field(bool, late)
		__field(s64, latency)
	),
	TP_fast_assign(
		__assign_str(device);
		__entry->function = ctrl->identity.number;
		__entry->tag = le16_to_cpu(cqe->tag);
		__entry->opcode = req->opcode;
		__entry->status = le16_to_cpu(cqe->status);
		__entry->len = le16_to_cpu(cqe->len);
		__entry->late = req->abandoned;
		__entry->latency = ktime_us_delta(ktime_get(), req->posted);
	),
	TP_printk("%s function=%u tag=%#06x %s status=%s len=%u latency=%lldus%s",
		  __get_str(device), __entry->function, __entry->tag,
		  sdpu_trace_opcode(__entry->opcode), sdpu_trace_status(__entry->status),
		  __entry->len, __entry->latency, __entry->late ? " late" : "")
);

TRACE_EVENT(sdpu_event,
	TP_PROTO(struct sdpu_ctrl *ctrl, u16 type, u16 index, u64 data),
	TP_ARGS(ctrl, type, index, data),
	TP_STRUCT__entry(
		__string(device, pci_name(ctrl->pdev))
		__field(u16, function)
		__field(u16, type)
		__field(u16, index)
		__field(u64, data)
	),
	TP_fast_assign(
		__assign_str(device);
		__entry->function = ctrl->identity.number;
		__entry->type = type;
		__entry->index = index;
		__entry->data = data;
	),
	TP_printk("%s function=%u %s index=%u data=%#llx",
		  __get_str(device), __entry->function, sdpu_trace_event(__entry->type),
		  __entry->index, __entry->data)
);

#endif /* _SDPU_DRV_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
